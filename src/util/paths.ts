import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";

/** The folder that holds the project's package.json, found upwards from this file (src/ and dist/ alike). */
export const projectRoot: string = (() => {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) return resolve(__dirname, "..", "..");
  }
})();

/** The compiled file of a module named by its path below src/, without extension: what a worker process loads. */
export function compiledModule(name: string): string {
  return join(projectRoot, "dist", `${name}.js`);
}

/** A path as notes show it: relative to the project where it lies in it or beside it, else as it is. */
export function displayPath(path: string): string {
  const fromRoot = relative(projectRoot, path);
  return fromRoot === "" || fromRoot.startsWith(join("..", "..")) || isAbsolute(fromRoot) ? path : fromRoot;
}
