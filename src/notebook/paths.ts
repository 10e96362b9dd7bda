/** Where the files of the kernel and of tslab are. */
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { projectRoot, workspace } from "../util";

/** The name by which notebooks refer to the kernel. */
export const kernelName = "nonsmooth";

/** The folder for JUPYTER_PATH below a folder (default: the workspace). */
export function jupyterFolder(root: string = workspace): string {
  return join(root, ".jupyter");
}

/** The kernelspec's file in a folder that Jupyter searches (default: this project's). */
export function kernelspecFile(folder: string = jupyterFolder()): string {
  return join(folder, "kernels", kernelName, "kernel.json");
}

/**
 * The folder in which every Jupyter, whatever its version and whoever starts it, looks for what a user has installed:
 * https://docs.jupyter.org/en/latest/use/jupyter-directories.html
 */
export function userJupyterFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA } = environment;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === "win32") return join(APPDATA ?? join(homedir(), "AppData", "Roaming"), "jupyter");
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
}

/** The folders in which the kernel may be: this project's, the user's, and those for all users of a machine. */
export const jupyterFolders = (): string[] => [
  jupyterFolder(),
  userJupyterFolder(),
  ...(process.platform === "win32" ? [] : ["/usr/local/share/jupyter", "/usr/share/jupyter"]),
];

/** A file of the installed tslab. */
export function tslabFile(...path: string[]): string {
  return join(dirname(createRequire(join(projectRoot, "package.json")).resolve("tslab/package.json")), ...path);
}
