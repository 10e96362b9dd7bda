/** What errors of a run folder's files mean to whoever runs an experiment. */
import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { NonsmoothError, refuseCommitted } from "../util";

/** Does the work; a full disk or a folder that cannot be written is told in the words of the run folder. */
export function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explain(folder, error);
  }
}

/** Tries whether there could be a run folder, and leaves nothing behind. @throws NonsmoothError as openRun does where there could not */
export function tryFolder(folder: string): void {
  refuseCommitted("run folder", folder);
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  inFolder(folder, () => rmdirSync(mkdtempSync(join(there, ".nonsmooth-"))));
}

/** What the file system says of a place where there cannot be a run folder. */
const UNWRITABLE = ["EACCES", "EPERM", "EROFS"];
const NOT_A_FOLDER = ["ENOTDIR", "EEXIST"];

/** An error of the file system in the words of the run folder; others as they are. */
export function explain(folder: string, error: unknown): unknown {
  const { code = "", message, syscall } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || /no space left/i.test(message)) {
    return new NonsmoothError("run folder", "the disk is full; the rows so far are safe, run again to continue", {
      hint: `make room for ${folder}`,
      cause: error,
      code: "disk-full",
    });
  }
  const unusable = { got: folder, cause: error, code: "run-folder-unusable" } as const;
  // there is no such error of a folder that can be made
  if (UNWRITABLE.includes(code) || (code === "ENOENT" && /^mkd/.test(syscall ?? ""))) {
    return new NonsmoothError("run folder", "must be writable", unusable);
  }
  if (NOT_A_FOLDER.includes(code)) {
    return new NonsmoothError("run folder", "must be a folder, not a file", unusable);
  }
  return error;
}
