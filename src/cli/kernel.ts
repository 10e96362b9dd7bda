/** `nonsmooth kernel`: tells Jupyter about the notebooks' kernel. */
import { relative } from "node:path";
import { jupyterFolder, userJupyterFolder, writeKernelspec } from "../notebook";
import { projectRoot, workspace } from "../util";
import { print } from "./exit";

/** An installed library does not know to which folder a notebook below the working directory belongs. */
const here = workspace === projectRoot ? {} : { workspace };

export interface KernelOptions {
  readonly user?: boolean;
}

export function kernel({ user }: KernelOptions): void {
  print(`wrote ${writeKernelspec(user ? { folder: userJupyterFolder() } : here)}`);
  if (user)
    print("any notebook can now use the kernel `nonsmooth (TypeScript)`; it finds the library from every folder");
  else print(`start JupyterLab in the project's folder: ${startCommand()}`);
}

/** The shell command that starts JupyterLab in the project's folder so that it finds the kernel. */
export function startCommand(): string {
  const folder = relative(workspace, jupyterFolder());
  return process.platform === "win32"
    ? `set JUPYTER_PATH=%CD%\\${folder} && jupyter lab`
    : `JUPYTER_PATH=$PWD/${folder} jupyter lab`;
}
