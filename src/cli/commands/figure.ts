/** `nonsmooth figure`: draws figures from the rows of finished runs, and finishes the runs first if necessary. */
import { type Command, Option } from "commander";
import { examples } from "../exit";
import type { FigureOptions } from "../figure";
import { addLaunchOptions, dryRunOption } from "../options";
import { addSaveOptions } from "../save-flags";

export function define(command: Command): void {
  command
    .description(
      "Draws a figure from the rows of a run (default: the preset laptop). The run is done first if it has not been. " +
        "Pictures, rows and a gallery go to out/.",
    )
    .argument("[name]", "name of the figure: see `nonsmooth list figures`")
    .option("--all", "every figure");
  addLaunchOptions(command)
    .addOption(dryRunOption())
    .option("--out <dir>", "write only the pictures, into this folder")
    .option("--as <name>", "name of the files, for drawing several runs (default: the name of the figure)")
    // from when rows were kept only on request
    .addOption(new Option("--results").hideHelp());
  addSaveOptions(command, "the project's figures/ and data/results/").action(
    async (name: string | undefined, options: FigureOptions) => (await import("../figure.js")).figure(name, options),
  );
  examples(command, [
    "npx nonsmooth figure bifurcation-frequency --preset laptop",
    "npx nonsmooth figure --all --preset smoke --out /tmp/figures",
    "npx nonsmooth figure --all --preset laptop --in-place",
    "npx nonsmooth figure training-curves --preset smoke --as training-glyphs --set optimizers=adam",
  ]);
}
