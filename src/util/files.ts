/** Files that are written beside their place and then renamed, and the folders for them. */
import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { mayReplaceUnknown } from "./committed";
import { NonsmoothError } from "./errors";

/** Replaces a file in one step: a reader sees either the old content or the new, even after a crash. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  replace([[path, content]]);
}

/** The same for a file that the user named; an error names it. Committed evidence is not replaced. */
export function writeNamed(path: string, content: string | Uint8Array): void {
  mayReplaceUnknown(path);
  try {
    writeAtomically(path, content);
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** What an error says about a file that it kept from being written, in the form of all errors. */
export function notWritten(path: string, cause: unknown): NonsmoothError {
  if (cause instanceof NonsmoothError) return cause;
  if (isDiskFull(cause)) {
    const got = isQuota(cause) ? "quota exceeded" : "no space left";
    return new NonsmoothError(path, "the disk must have room for it", { got, cause, code: "disk-full" });
  }
  return new NonsmoothError(path, "must be a file that can be written", { got: (cause as Error).message, cause });
}

/** Whether an error says that a disk is full, or the user's share of it. By its text, too: native code and worker processes leave no more. */
export function isDiskFull(error: unknown): boolean {
  const { code, message = "" } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "disk-full" || /no space left/i.test(message) || isQuota(error);
}

const isQuota = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === "EDQUOT" || /quota exceeded/i.test((error as Error).message ?? "");

/**
 * Replaces files that belong together, and makes missing folders. All are written beside their places first, then
 * renamed one after another without a pause, so that after an interrupt all of them are old or all are new; after a crash, almost certainly so.
 */
export function writeTogether(files: readonly (readonly [path: string, content: string | Uint8Array])[]): void {
  for (const [path] of files) makeFolder(dirname(path));
  replace(files);
}

function replace(files: readonly (readonly [path: string, content: string | Uint8Array])[]): void {
  const written: (readonly [beside: string, path: string])[] = [];
  const made: string[] = [];
  let current = "";
  try {
    for (const [path, content] of files) {
      current = path;
      const beside = reserveBeside(path);
      written.push([beside, path]);
      writeFileSync(beside, content, { flush: true });
    }
    for (const [beside, path] of written) {
      current = path;
      const isNew = !existsSync(path);
      renameSync(beside, path);
      if (isNew) made.push(path);
    }
  } catch (error) {
    // a full disk refuses new names only: without those that were made, all files are as they were
    for (const path of [...written.map(([beside]) => beside), ...made]) rmSync(path, { force: true });
    throw isDiskFull(error) ? notWritten(current, error) : error;
  }
}

/** A new file beside a path, empty and nobody else's, to be renamed to it. */
export function reserveBeside(path: string): string {
  // a name that nobody can foresee; the flag fails where there is anything of this name, a link too
  const beside = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  writeFileSync(beside, "", { flag: "wx" });
  return beside;
}

/** Moves a file, perhaps to another disk, with its times: a reader sees the whole file or none. */
export function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    const { atime, mtime } = statSync(from);
    writeAtomically(to, readFileSync(from));
    utimesSync(to, atime, mtime);
    rmSync(from);
  }
}

/** Removes what killed writers of these files of a folder left beside them. Only for who alone writes them. */
export function removeLeftOver(folder: string, names: readonly string[]): void {
  for (const file of readdirSync(folder)) {
    const [, name] = LEFT_OVER.exec(file) ?? [];
    if (name !== undefined && names.includes(name)) rmSync(join(folder, file), { force: true });
  }
}

const LEFT_OVER = /^(.+)\.[0-9a-f]{12}\.tmp$/;

/**
 * Removes a folder with all that is in it; of a link, only the link. NFS keeps a file that another process has open, as `.nfs…`, and the
 * folder with it, until that one closes it: such files stay, and are nobody's.
 */
export function removeFolder(path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    rmSync(path, { force: true });
    return;
  }
  for (const name of unlessGone(() => readdirSync(path)) ?? []) if (!isKeptOpen(name)) removeFolder(join(path, name));
  try {
    unlessGone(() => rmdirSync(path));
  } catch (error) {
    const isKept = ["ENOTEMPTY", "EEXIST", "EBUSY"].includes((error as NodeJS.ErrnoException).code ?? "");
    if (!isKept || !isHollow(path)) throw error;
  }
}

/** Whether a file was removed, and is there only for a process that has it open, on NFS. */
export const isKeptOpen = (name: string): boolean => name.startsWith(".nfs");

/** Whether nothing is in a folder, at any depth, but folders and what NFS keeps for others. */
export const isHollow = (folder: string): boolean =>
  (unlessGone(() => readdirSync(folder, { withFileTypes: true })) ?? []).every((entry) =>
    entry.isDirectory() ? isHollow(join(folder, entry.name)) : isKeptOpen(entry.name),
  );

/** What an action gives; nothing if what it needs is gone. */
export function unlessGone<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

/**
 * Makes a folder and those above it; does nothing if it exists. Node's own recursive mkdir never returns for an existing
 * folder whose file system answers "no such file" when asked to make one in it, as /proc does.
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

/** Whether an error of the file system says that nothing can be written in a place. */
export const isUnwritable = (error: unknown): boolean =>
  ["EACCES", "EPERM", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "");

/** Makes a folder that the user named, and checks that it can be written. @throws NonsmoothError if not */
export function makeWritable(what: string, path: string, hint?: string): void {
  try {
    makeFolder(path);
    rmdirSync(mkdtempSync(join(path, ".nonsmooth-")));
  } catch (cause) {
    if (isDiskFull(cause)) throw notWritten(path, cause);
    throw new NonsmoothError(what, "must be a folder that can be written", { got: path, hint, cause });
  }
}
