/** Reading of regular files only: a FIFO would wait for its other end for ever, a device such as /dev/zero has no end. */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { NonsmoothError } from "./errors";

// without O_NONBLOCK the opening of a FIFO waits for a writer; Windows has neither
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Opens a file to read. @throws NonsmoothError if it is not a regular file, or not readable */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const handle = await open(path, FLAGS).catch((cause) => failToRead(path, cause));
  try {
    checkRegular(path, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The same at once; the caller closes the descriptor. */
export function openRegularFileSync(path: string): number {
  let file: number;
  try {
    file = openSync(path, FLAGS);
  } catch (cause) {
    failToRead(path, cause);
  }
  try {
    checkRegular(path, fstatSync(file));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** The content of a file. @throws as `openRegularFile`, and for more bytes than `most` */
export async function readRegularFile(path: string, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const handle = await openRegularFile(path);
  try {
    const { size } = await handle.stat();
    if (size > most) throw new NonsmoothError(path, `must hold at most ${most} bytes`, { got: size });
    return await handle.readFile();
  } catch (cause) {
    throw cause instanceof NonsmoothError ? cause : readError(path, cause);
  } finally {
    await handle.close();
  }
}

/** The same at once. */
export function readRegularFileSync(path: string): Buffer {
  const file = openRegularFileSync(path);
  try {
    return readFileSync(file);
  } catch (cause) {
    failToRead(path, cause);
  } finally {
    closeSync(file);
  }
}

/** The content of a file; undefined where there is none. @throws NonsmoothError if it is not a regular file */
export const readRegularIfThere = (path: string): Buffer | undefined =>
  statRegular(path) === undefined ? undefined : readRegularFileSync(path);

/** What is known of a regular file, undefined where there is none. @throws NonsmoothError if it is something else */
export function statRegular(path: string): Stats | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found) checkRegular(path, found);
  return found;
}

function checkRegular(path: string, stats: Stats): void {
  if (!stats.isFile()) throw new NonsmoothError(path, "must be a regular file", { got: kindOf(stats) });
}

/** What lies at a path, in words. */
export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return stats.isFile() ? "a regular file" : "a device";
}

function failToRead(path: string, cause: unknown): never {
  throw readError(path, cause);
}

function readError(path: string, cause: unknown): NonsmoothError {
  const { code, message } = cause as NodeJS.ErrnoException;
  // a socket, or a FIFO's missing other end
  const got = code === "ENXIO" ? "a socket or a device" : (code ?? message);
  return new NonsmoothError(path, "must be a readable file", { got, cause });
}
