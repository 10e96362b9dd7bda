/** Files written beside their place and renamed, and the folders for them. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mayReplaceUnknown } from "./committed";
import { NonsmoothError } from "./errors";

/** Replaces a file in one step: whoever reads it sees the old content or the new, after a crash, too. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  replace([{ path, beside: `${path}.tmp`, content }]);
}

/** The same, for a file that the user named: an error says which. Committed evidence is not replaced. */
export function writeNamed(path: string, content: string | Uint8Array): void {
  mayReplaceUnknown(path);
  try {
    writeAtomically(path, content);
  } catch (cause) {
    throw new NonsmoothError(path, "must be a file that can be written", { got: (cause as Error).message, cause });
  }
}

/**
 * Replaces files that belong together, in folders that are made if they are not there: all are written beside their places first, then
 * renamed one after the other without a pause, so that an interrupt finds all of them old or all new, and a crash hardly another state.
 */
export function writeTogether(files: readonly (readonly [path: string, content: string | Uint8Array])[]): void {
  for (const [path] of files) makeFolder(dirname(path));
  replace(files.map(([path, content]) => ({ path, beside: `${path}.${process.pid}.tmp`, content })));
}

interface Replacement {
  readonly path: string;
  /** Where the content is written first. */
  readonly beside: string;
  readonly content: string | Uint8Array;
}

function replace(files: readonly Replacement[]): void {
  try {
    for (const { beside, content } of files) writeFileSync(beside, content, { flush: true });
    for (const { path, beside } of files) renameSync(beside, path);
  } catch (error) {
    for (const { beside } of files) rmSync(beside, { force: true });
    throw error;
  }
}

/**
 * Makes a folder and those above it; does nothing where it is there. Node's own recursive mkdir never returns where a folder
 * exists in which none can be made and whose system says "no such file" to that, as /proc does.
 */
export function makeFolder(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (!existsSync(path) || !statSync(path).isDirectory()) throw error;
  }
}

/** Makes a folder that the user named, and tries whether it can be written. @throws NonsmoothError if not */
export function makeWritable(what: string, path: string): void {
  try {
    makeFolder(path);
    rmdirSync(mkdtempSync(join(path, ".nonsmooth-")));
  } catch (cause) {
    throw new NonsmoothError(what, "must be a folder that can be written", { got: path, cause });
  }
}
