/** What errors of a run folder's files mean to whoever runs an experiment. */
import { existsSync, lstatSync, mkdtempSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDiskFull, isUnwritable, NonsmoothError } from "../util";
import { PROGRESS_FILE } from "./progress-file";

/** What a writer of a run folder replaces. */
export const RUN_FILES = ["manifest.json", "rows.jsonl", "rows.parquet", "stray.jsonl", PROGRESS_FILE] as const;

/** Does the work; errors of a full disk or of a folder that cannot be written are put in terms of the run folder. */
export function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explain(folder, error);
  }
}

/** Tries whether a folder can be written, or be made, and leaves nothing behind. @throws NonsmoothError, as openRun does, if not */
export function tryFolder(folder: string): void {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  inFolder(folder, () => rmdirSync(mkdtempSync(join(there, ".nonsmooth-"))));
}

const ANOTHER = "--runs or NONSMOOTH_RUNS names another folder of runs";

/** The file system's codes for a place where a run folder is not possible, besides those for one that cannot be written. */
const NOT_A_FOLDER = ["ENOTDIR", "EEXIST"];
const A_FOLDER = ["EISDIR", "ERR_FS_EISDIR"];

/** An error of the file system in terms of the run folder; others as they are. */
export function explain(folder: string, error: unknown): unknown {
  const { code = "", message, syscall, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (isDiskFull(error)) {
    return new NonsmoothError("run folder", "the disk is full; the rows so far are safe, run again to continue", {
      hint: `make room for ${folder}`,
      cause: error,
      code: "disk-full",
    });
  }
  const unusable = { got: folder, cause: error, code: "run-folder-unusable" } as const;
  // making a folder that can be made never gives this error
  if (isUnwritable(error) || (code === "ENOENT" && /^mkd/.test(syscall ?? ""))) {
    return new NonsmoothError("run folder", "must be writable", { ...unusable, hint: ANOTHER });
  }
  if (NOT_A_FOLDER.includes(code)) {
    const kind = isLostLink(path ?? folder) ? "a link that leads nowhere" : "a file";
    return new NonsmoothError("run folder", `must be a folder, not ${kind}`, unusable);
  }
  if (A_FOLDER.includes(code))
    return new NonsmoothError(dest ?? path ?? folder, "must be a regular file", { got: "a folder", cause: error });
  // whatever else the system says, in the form of all errors
  return syscall === undefined ? error : new NonsmoothError("run folder", `must be usable: ${message}`, unusable);
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {} // it holds something, or is not there
}

function isLostLink(path: string): boolean {
  try {
    return !existsSync(path) && lstatSync(path).isSymbolicLink();
  } catch {
    return false; // below a file, or gone
  }
}
