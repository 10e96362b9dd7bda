/** Where the notebook's machinery lies. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { projectRoot, workspace } from "../util";

/** The kernel's name, as notebooks refer to it. */
export const kernelName = "nonsmooth";

/** The folder for JUPYTER_PATH below a folder (default: the workspace). */
export function jupyterFolder(root: string = workspace): string {
  return join(root, ".jupyter");
}

/** The kernelspec's file below a folder (default: the workspace). */
export function kernelspecFile(root: string = workspace): string {
  return join(jupyterFolder(root), "kernels", kernelName, "kernel.json");
}

/** A file of the installed tslab. */
export function tslabFile(...path: string[]): string {
  return join(dirname(createRequire(join(projectRoot, "package.json")).resolve("tslab/package.json")), ...path);
}
