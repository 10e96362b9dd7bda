/** Where the notebook's machinery lies. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { projectRoot } from "../util";

/** The kernel's name, as notebooks refer to it. */
export const kernelName = "nonsmooth";

/** The folder for JUPYTER_PATH below a project's root (default: this project's). */
export function jupyterFolder(root: string = projectRoot): string {
  return join(root, ".jupyter");
}

/** The kernelspec's file below a project's root (default: this project's). */
export function kernelspecFile(root: string = projectRoot): string {
  return join(jupyterFolder(root), "kernels", kernelName, "kernel.json");
}

/** A file of the installed tslab. */
export function tslabFile(...path: string[]): string {
  return join(dirname(createRequire(join(projectRoot, "package.json")).resolve("tslab/package.json")), ...path);
}
