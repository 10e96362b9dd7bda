/**
 * The kernelspec of our notebooks: tslab's parts under this Node (see tslab/main.ts). It holds absolute paths, so it is written on
 * each machine and not committed. It needs no Python.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { compiledModule, fail, makeWritable, writeAtomically } from "../util";
import { kernelspecFile } from "./paths";

/** A Jupyter kernelspec: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs */
export interface Kernelspec {
  /** The command; `{connection_file}` stands for the connection file's path. */
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly interrupt_mode: "signal" | "message";
  readonly language: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface KernelspecOptions {
  /** Where its notebooks write; default: the project for notebooks in it, otherwise the notebook's folder. */
  readonly workspace?: string;
}

/**
 * The kernelspec for this machine, with absolute paths.
 * @throws if the package has not been built, since the kernel is a compiled file.
 */
export function kernelspec({ workspace }: KernelspecOptions = {}): Kernelspec {
  const main = compiledModule("notebook/tslab/main");
  if (!existsSync(main)) fail("kernel", "must be compiled", `no ${main}`, "npm run build");
  return {
    argv: [process.execPath, main, "--config-path", "{connection_file}"],
    display_name: "nonsmooth (TypeScript)",
    interrupt_mode: "signal",
    language: "typescript",
    ...(workspace !== undefined && { env: { NONSMOOTH_WORKSPACE: workspace } }),
  };
}

/**
 * Writes `kernels/nonsmooth/kernel.json` into a folder that Jupyter searches.
 * @param options.folder default: `.jupyter` of the project, which JupyterLab finds when started with
 * `JUPYTER_PATH=$PWD/.jupyter jupyter lab`
 * @returns the file's path.
 * @throws NonsmoothError if the folder cannot be written
 */
export function writeKernelspec({ folder, ...options }: KernelspecOptions & { folder?: string } = {}): string {
  const file = kernelspecFile(folder);
  const hint =
    folder === undefined
      ? "npx nonsmooth kernel --user writes it into your own folder"
      : "JUPYTER_DATA_DIR names another folder of your Jupyter";
  makeWritable("kernel", dirname(file), hint);
  writeAtomically(file, `${JSON.stringify(kernelspec(options), null, 2)}\n`);
  return file;
}
