/**
 * The kernelspec of our notebooks: tslab's parts under this Node (see tslab/main.ts). It holds absolute paths, so that it is
 * written on each machine and not committed. Needs no Python.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { compiledModule, fail, projectRoot } from "../util";
import { kernelspecFile } from "./paths";

/** A Jupyter kernelspec: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs */
export interface Kernelspec {
  /** The command; `{connection_file}` stands for the connection file's path. */
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly interrupt_mode: "signal" | "message";
  readonly language: string;
}

/**
 * The kernelspec for this machine, with absolute paths.
 * @throws if the package has not been built, for the kernel is a compiled file.
 */
export function kernelspec(): Kernelspec {
  const main = compiledModule("notebook/tslab/main");
  if (!existsSync(main)) fail("kernel", "must be compiled", `no ${main}`, "run: npm run build");
  return {
    argv: [process.execPath, main, "--config-path", "{connection_file}"],
    display_name: "nonsmooth (TypeScript)",
    interrupt_mode: "signal",
    language: "typescript",
  };
}

/**
 * Writes `.jupyter/kernels/nonsmooth/kernel.json` below `root` (default: this project's root); JupyterLab finds it when
 * started with `JUPYTER_PATH=$PWD/.jupyter jupyter lab`.
 * @returns the file's path.
 */
export function writeKernelspec({ root = projectRoot }: { root?: string } = {}): string {
  const file = kernelspecFile(root);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, `${JSON.stringify(kernelspec(), null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
  return file;
}
