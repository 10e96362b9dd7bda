/** `nonsmooth kernel`: makes the notebooks' kernel known to Jupyter. */
import type { Command } from "commander";
import { examples } from "../exit";
import type { KernelOptions } from "../kernel";

export function define(command: Command): void {
  command
    .description(
      "Writes the kernelspec of the notebooks (absolute paths: once on each machine, again when Node moves), and says how to start JupyterLab.",
    )
    .option("--user", "for every folder and every program with notebooks, VS Code too: into your Jupyter folder")
    .action(async (options: KernelOptions) => (await import("../kernel.js")).kernel(options));
  examples(command, ["npx nonsmooth kernel", "npx nonsmooth kernel --user"]);
}
