/** `nonsmooth run`: an experiment from its configuration to its summary. */
import type { Command } from "commander";
import { experiments } from "../experiments";
import { formatDuration, NonsmoothError } from "../util";
import { dryRun } from "./dry-run";
import { EXIT, Exit, examples, plural, print, printJson } from "./exit";
import { addLaunchOptions, type LaunchOptions, launch } from "./launch";
import { summaryText } from "./summary";

export function define(command: Command): void {
  command
    .description(
      "Runs an experiment. A run that was interrupted goes on where it stopped; one that is done is shown again.",
    )
    .usage("[options] <experiment>")
    .argument("[experiment]", "its name: see `nonsmooth list experiments`");
  addLaunchOptions(command)
    .option("--dry-run", "only say what would be computed, what of it is done, and how long it might take")
    .option("--fresh", "remove what this configuration has done before")
    .option("--json", "write the result as one line of JSON to standard output")
    .action(run);
  examples(command, [
    "npx nonsmooth run bifurcation-frequency --preset smoke",
    "npx nonsmooth run bifurcation-frequency --set widths=16,64 --set precisions=32 --set runs=20",
    "npx nonsmooth run bifurcation-frequency --preset laptop --set runs.64=5 --engine onnx-cpu",
    "npx nonsmooth run bifurcation-frequency --preset smoke --set dataset=glyphs --json > result.jsonl",
    "npx nonsmooth run training --preset smoke --set values=0,0.5,1",
    "npx nonsmooth run training --preset paper --set dataset=auto-colour --dry-run",
  ]);
  command.addHelpText("after", "\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (run again to go on).");
}

interface Options extends LaunchOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

async function run(name: string | undefined, options: Options): Promise<void> {
  if (name === undefined) {
    const names = experiments.map((known) => known.name).join(", ");
    throw new Exit(EXIT.usage, new NonsmoothError("run", `must be given an experiment's name, one of ${names}`));
  }
  if (options.dryRun) return dryRun(name, options);
  const { experiment, config, rows, summary, seconds, runDirectory } = await launch(name, options);
  if (options.json) {
    const { engine = null } = config as { engine?: string };
    printJson({ experiment, config, engine, rows: rows.length, summary, seconds, runDirectory });
    return;
  }
  print(summaryText(summary, process.stdout.columns ?? 120));
  print(`\n${plural(rows.length, "row")} in ${runDirectory}, ${formatDuration(seconds)}`);
}
