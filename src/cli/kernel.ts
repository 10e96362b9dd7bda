/** `nonsmooth kernel`: makes the notebooks' kernel known to Jupyter. */
import { relative } from "node:path";
import type { Command } from "commander";
import { jupyterFolder, userJupyterFolder, writeKernelspec } from "../notebook";
import { projectRoot, workspace } from "../util";
import { examples, print } from "./exit";

/** An installed library does not know which folder a notebook below the working directory belongs to. */
const here = workspace === projectRoot ? {} : { workspace };

export function define(command: Command): void {
  command
    .description(
      "Writes the kernelspec of the notebooks (absolute paths: once on each machine, again when Node moves).",
    )
    .option("--user", "for every folder and every program with notebooks, VS Code too: into your Jupyter folder")
    .action(({ user }: { readonly user?: boolean }) => {
      print(`wrote ${writeKernelspec(user ? { folder: userJupyterFolder() } : here)}`);
      if (user)
        print("any notebook can now take the kernel `nonsmooth (TypeScript)`; it finds the library in every folder");
      else print(`start JupyterLab in the project's folder: ${startCommand()}`);
    });
  examples(command, ["npx nonsmooth kernel", "npx nonsmooth kernel --user", `${startCommand()}`]);
}

/** The shell command that starts JupyterLab, in the project's folder, so that it finds the kernel. */
export function startCommand(): string {
  const folder = relative(workspace, jupyterFolder());
  return process.platform === "win32"
    ? `set JUPYTER_PATH=%CD%\\${folder} && jupyter lab`
    : `JUPYTER_PATH=$PWD/${folder} jupyter lab`;
}
