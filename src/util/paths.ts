import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

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

/** A path as notes show it: relative to the project where it lies inside, else as it is. */
export function displayPath(path: string): string {
  const inside = relative(projectRoot, path);
  return inside && !inside.startsWith("..") ? inside : path;
}
