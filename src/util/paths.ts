/** Where files are read and written. Files of the package are below `projectRoot`; new files go below `workspace`. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/** The folder that holds the project's package.json, found upwards from this file (src/ and dist/ alike). */
export const projectRoot: string = (() => {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) return resolve(__dirname, "..", "..");
  }
})();

/**
 * The folder below which everything is written: the one that NONSMOOTH_WORKSPACE names; otherwise, in a checkout,
 * the project's folder; otherwise (installed as a dependency, or used from another folder) the working directory.
 */
export function workspaceOf(root: string, environment = process.env, workingDirectory = process.cwd()): string {
  if (environment.NONSMOOTH_WORKSPACE) return resolve(environment.NONSMOOTH_WORKSPACE);
  return !isInstalled(root) && isWithin(root, workingDirectory) ? root : workingDirectory;
}

/** Whether the library is installed there as a dependency, not checked out. */
export function isInstalled(root: string): boolean {
  return root.split(sep).includes("node_modules");
}

/** Whether a path is a folder or in it; links are not followed. */
export function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return !isAbsolute(inside) && inside.split(sep)[0] !== "..";
}

/** The workspace of this process, settled when it starts. */
export const workspace: string = workspaceOf(projectRoot);

/** What to do where nothing can be written in the workspace. */
export const elsewhere = "start it in a folder of yours, or name one for all output with NONSMOOTH_WORKSPACE";

/** Mirrors the project's folders (figures, data/results, notebooks) for new figures and executed notebooks; not committed. */
export const outFolder: string = join(workspace, "out");

/** The compiled file of a module named by its path below src/, without extension: this is what a worker process loads. */
export function compiledModule(name: string): string {
  return join(projectRoot, "dist", `${name}.js`);
}

/** A path as messages show it: relative to the workspace if it is in it or beside it, otherwise unchanged. */
export function displayPath(path: string): string {
  const fromRoot = relative(workspace, path);
  return fromRoot === "" || fromRoot.startsWith(join("..", "..")) || isAbsolute(fromRoot) ? path : fromRoot;
}
