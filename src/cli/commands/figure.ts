/** `nonsmooth figure`: draws figures from the rows of finished runs, and finishes the runs first where need be. */
import { type Command, Option } from "commander";
import { examples } from "../exit";
import type { FigureOptions } from "../figure";
import { addLaunchOptions } from "../options";
import { addSaveOptions } from "../save-flags";

export function define(command: Command): void {
  command
    .description(
      "Draws a figure from the rows of a run: of the preset laptop, unless another is asked for. The run is done first if it is not. " +
        "Pictures, rows and a gallery go to out/.",
    )
    .argument("[name]", "its name: see `nonsmooth list figures`")
    .option("--all", "every figure");
  addLaunchOptions(command)
    .option("--out <dir>", "only the pictures, and into this folder")
    .option("--as <name>", "name of the files, where several runs are drawn (default: the figure's own)")
    // from when the rows were kept on demand only
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
