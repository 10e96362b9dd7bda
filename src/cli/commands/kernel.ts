/** `nonsmooth kernel`: tells Jupyter about the notebooks' kernel. */
import type { Command } from "commander";
import { examples } from "../exit";
import type { KernelOptions } from "../kernel";

export function define(command: Command): void {
  command
    .description(
      "Writes the kernelspec of the notebooks, and says how to start JupyterLab. It holds absolute paths: run this once on each machine, and again when Node moves.",
    )
    .option(
      "--user",
      "write it into your Jupyter folder: for all folders and all programs with notebooks, such as VS Code",
    )
    .action(async (options: KernelOptions) => (await import("../kernel.js")).kernel(options));
  examples(command, ["npx nonsmooth kernel", "npx nonsmooth kernel --user"]);
}
