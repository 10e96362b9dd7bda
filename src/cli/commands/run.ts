/** `nonsmooth run`: an experiment from its configuration to its summary. */
import type { Command } from "commander";
import { examples } from "../exit";
import { addLaunchOptions, dryRunOption, shard, wholeNumber } from "../options";
import type { RunOptions } from "../run";

export function define(command: Command): void {
  command
    .description("Runs an experiment. An interrupted run continues where it stopped; a finished run is shown again.")
    .usage("[options] <experiment>")
    .argument("[experiment]", "name of the experiment: see `nonsmooth list experiments`");
  addLaunchOptions(command)
    .addOption(dryRunOption())
    .option(
      "--shard <i/n>",
      "only part i of n parts that cost about the same; the last part to end puts the run together",
      shard,
    )
    .option(
      "--wait <seconds>",
      "wait so long at most while another process is at work on the run (default: 0)",
      wholeNumber("--wait"),
    )
    .option("--fresh", "remove the earlier results of this configuration first")
    .option("--json", "write the result as one line of JSON to standard output")
    .action(async (name: string | undefined, options: RunOptions) => (await import("../run.js")).run(name, options));
  examples(command, [
    "npx nonsmooth run bifurcation-frequency --preset smoke",
    "npx nonsmooth run bifurcation-frequency --set widths=16,64 --set precisions=32 --set runs=20",
    "npx nonsmooth run bifurcation-frequency --preset laptop --set runs.64=5 --engine onnx-cpu",
    "npx nonsmooth run bifurcation-frequency --preset smoke --set dataset=glyphs --json > result.jsonl",
    "npx nonsmooth run training --preset smoke --set values=0,0.5,1",
    "npx nonsmooth run training --preset paper --set dataset=auto-colour --dry-run",
    "npx nonsmooth run training --preset laptop --shard 3/8",
  ]);
  command.addHelpText(
    "after",
    "\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (run it again to continue; 128 + its number after another signal).",
  );
}
