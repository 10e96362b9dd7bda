/** `nonsmooth notebooks`: executes notebooks without Jupyter and Python. */
import type { Command } from "commander";
import { examples } from "../exit";
import { dataOption, runsOption } from "../folder-options";
import type { NotebooksOptions } from "../notebooks";
import { presetOption, wholeNumber } from "../options";
import { addSaveOptions } from "../save-flags";

export function define(command: Command): void {
  command
    .description(
      "Executes notebooks in order, each in a fresh kernel. Writes them with their outputs to out/notebooks/, and their figures to " +
        "out/figures/.",
    )
    .argument("[name...]", "`02`, `02-bifurcation-frequency` or a file (default: all in notebooks/)")
    .addOption(presetOption())
    .option("--out <dir>", "folder of the executed notebooks (default: out/notebooks)")
    .addOption(dataOption())
    .addOption(runsOption())
    .option("--engine <id>", "what computes, where a cell names no engine: see `nonsmooth list engines`")
    .option("--timeout <seconds>", "time limit for one cell; 0: none (default: none)", wholeNumber("--timeout"));
  addSaveOptions(command, "the notebooks, figures/ and data/results/").action(
    async (names: readonly string[], options: NotebooksOptions) =>
      (await import("../notebooks.js")).notebooks(names, options),
  );
  examples(command, [
    "npx nonsmooth notebooks --preset smoke",
    "npx nonsmooth notebooks 02 --preset laptop --in-place",
    "npx nonsmooth notebooks notebooks/01-surprise.ipynb --timeout 600",
  ]);
}
