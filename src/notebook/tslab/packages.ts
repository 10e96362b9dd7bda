/**
 * Packages for notebooks in folders without any: a notebook in any folder can import the library and its dependencies, such as
 * arquero. If the folder, or one above it, has the library, nothing is changed.
 */
import { createRequire } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";
import * as ts from "@tslab/typescript-for-tslab";
import { projectRoot } from "../../util";

/** The node_modules folder that has the library and its dependencies. */
function ownPackages(): string {
  const above = dirname(projectRoot);
  return basename(above) === "node_modules" ? above : join(projectRoot, "node_modules");
}

function hasLibrary(folder: string): boolean {
  try {
    createRequire(join(folder, "notebook.js")).resolve("nonsmooth");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return false;
    throw error;
  }
}

/** Lends the library's packages to a folder that lacks them. Must be called before tslab's converter is made. */
export function lendPackages(folder: string = process.cwd()): void {
  if (hasLibrary(folder)) return;
  const lent = ownPackages();
  lendToNode(lent);
  lendToCompiler(join(folder, "node_modules"), lent);
}

/** Node searches the lent packages last. */
function lendToNode(lent: string): void {
  const { NODE_PATH } = process.env;
  process.env.NODE_PATH = NODE_PATH ? [NODE_PATH, lent].join(sep === "\\" ? ";" : ":") : lent;
  // Node itself does this with NODE_PATH when it starts
  (require("node:module") as { _initPaths(): void })._initPaths();
}

/** In the folder of packages, which may not exist, the compiler also sees the lent ones. */
function lendToCompiler(packages: string, lent: string): void {
  const { fileExists, directoryExists, getDirectories, readFile, realpath } = ts.sys;
  const isThere = (path: string) => fileExists(path) || directoryExists(path);
  const place = (path: string): string => {
    const inside = relative(packages, path);
    return inside.startsWith("..") || isThere(path) ? path : join(lent, inside);
  };
  Object.assign(ts.sys, {
    fileExists: (path: string) => fileExists(place(path)),
    directoryExists: (path: string) => directoryExists(place(path)),
    getDirectories: (path: string) => getDirectories(place(path)),
    readFile: (path: string, encoding?: string) => readFile(place(path), encoding),
    realpath: (path: string) => (realpath ? realpath(place(path)) : place(path)),
  } satisfies Partial<ts.System>);
}
