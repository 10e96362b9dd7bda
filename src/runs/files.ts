/** What errors of a run folder's files mean to whoever runs an experiment. */
import { NonsmoothError } from "../util";

/** Does the work; a full disk or a folder that cannot be written is told in the words of the run folder. */
export function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explain(folder, error);
  }
}

/** An error of the file system in the words of the run folder; others as they are. */
export function explain(folder: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || /no space left/i.test(message)) {
    return new NonsmoothError("run folder", "the disk is full; the rows so far are safe, run again to go on", {
      hint: `make room for ${folder}`,
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new NonsmoothError("run folder", "must be writable", { got: folder, cause: error });
  }
  if (code === "ENOTDIR" || code === "EEXIST") {
    return new NonsmoothError("run folder", "must be a folder, not a file", { got: folder, cause: error });
  }
  return error;
}
