/**
 * Downloads that are verified and can be continued: into `name.part`, from where the last attempt ended (RFC 9110, section
 * 14: range requests), checked for size and hash, then renamed.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdtemp, open, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fail, isDiskFull, isUnwritable, makeFolder, NonsmoothError, notWritten, openRegularFile } from "../util";
import { unusedProxy } from "./proxy";

/** What to download, and where to. */
export interface Download {
  readonly url: string;
  readonly path: string;
  /** Expected size. */
  readonly bytes?: number;
  /** Expected MD5 in hexadecimal: as the mirrors publish it; it protects against damage, not against malice. */
  readonly md5?: string;
}

export interface DownloadOptions {
  /** Bytes received, including earlier attempts, and bytes in total (0 while unknown). */
  readonly progress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Seconds without an answer or a byte before giving up; default 30. */
  readonly patience?: number;
  /** How often a connection that is cut is resumed; default 3. */
  readonly resumes?: number;
}

/**
 * Downloads a file. After an interruption `path.part` stays, and the next call continues from there.
 *
 * @throws NonsmoothError if the server cannot be reached, refuses or goes silent; if size or hash are wrong (the
 * file is then removed); if the disk is full or read-only; with NONSMOOTH_OFFLINE=1; the signal's reason when it is aborted
 */
export async function download(file: Download, options: DownloadOptions = {}): Promise<void> {
  if (process.env.NONSMOOTH_OFFLINE === "1") {
    const hint = "unset it, or copy files that you have: npx nonsmooth data fetch <name> --from <dir>";
    fail("NONSMOOTH_OFFLINE", `must not be 1 to download ${file.url}`, "1", hint);
  }
  const part = `${file.path}.part`;
  await onDisk(part, () => tryToWrite(dirname(part)));
  for (let resumes = options.resumes ?? 3; ; resumes--) {
    const cut = await transfer(file, part, options);
    if (!cut) break;
    if (resumes <= 0) {
      const rule = file.bytes === undefined ? "must arrive whole" : `must arrive whole (${file.bytes} bytes)`;
      const hint = "the connection was cut; run it again to continue from there";
      throw new NonsmoothError(file.url, rule, { got: await sizeOf(part), hint, cause: cut });
    }
  }
  await check(file, part);
  await onDisk(file.path, () => rename(part, file.path));
}

/** Before the server is asked for something that cannot be kept. */
async function tryToWrite(folder: string): Promise<void> {
  makeFolder(folder);
  await rmdir(await mkdtemp(join(folder, ".nonsmooth-")));
}

/** Appends what is missing to `part`; returns the error if the connection is cut, otherwise undefined. */
async function transfer(file: Download, part: string, options: DownloadOptions): Promise<Error | undefined> {
  const have = await sizeOf(part);
  if (have > 0 && have === file.bytes) return undefined;
  const patience = patienceOf(options.patience ?? 30, options.signal);
  try {
    const { response, start } = await request(file.url, have > (file.bytes ?? Infinity) ? 0 : have, patience.signal);
    patience.refresh();
    const total = file.bytes ?? start + Number(response.headers.get("content-length") ?? -start);
    const handle = await onDisk(part, async () => {
      makeFolder(dirname(part));
      return openPart(part, start > 0);
    });
    try {
      let done = start;
      for await (const chunk of response.body ?? []) {
        patience.refresh();
        done += await append(handle, chunk, part);
        options.progress?.(done, total);
        if (file.bytes !== undefined && done > file.bytes) break; // the size check refuses it
      }
    } finally {
      await handle.close();
    }
    return undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (patience.signal.aborted) {
      const { got, hint } = unreached(file.url, "nothing");
      fail(file.url, `must send something within ${options.patience ?? 30} s`, got, hint);
    }
    if (error instanceof NonsmoothError) throw error;
    return error as Error;
  } finally {
    patience.end();
  }
}

/** Continues a file, or begins a new one: what else has its name, such as a link, is never written through. */
async function openPart(part: string, continues: boolean): Promise<FileHandle> {
  if (continues) return open(part, constants.O_WRONLY | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0));
  await rm(part, { force: true });
  return open(part, "wx");
}

/** Asks for the bytes from `have` on; `start` is where the answer begins: 0 if the server ignores the range. */
async function request(url: string, have: number, signal: AbortSignal): Promise<{ response: Response; start: number }> {
  // identity: fetch would silently unpack a body that is sent with content-encoding gzip
  const headers = { "accept-encoding": "identity", ...(have > 0 && { range: `bytes=${have}-` }) };
  const response = await fetch(url, { headers, signal }).catch((error: Error) => {
    const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
    const rule = "the server must answer";
    throw new NonsmoothError(url, rule, { ...unreached(url, code ?? message), cause: error });
  });
  const begin = Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);
  const continues = response.status === 206 && begin === have;
  if (continues || response.status === 200) return { response, start: continues ? have : 0 };
  await response.body?.cancel();
  // 416: what we have is not the beginning of the server's file
  if (have > 0 && (response.status === 416 || response.status === 206)) return request(url, 0, signal);
  fail(url, "the server must answer 200 or 206", response.status);
}

/** What is said of a server that was not reached, and what to do. */
function unreached(url: string, got: string) {
  const proxy = unusedProxy(url);
  if (proxy) return { got: `${got}; ${proxy.fact}`, hint: proxy.remedy };
  const hint = "without a network, copy the files from elsewhere: npx nonsmooth data fetch <name> --from <dir>";
  return { got, hint };
}

/** A signal that aborts with the caller's, or after the given number of seconds without a refresh. */
function patienceOf(seconds: number, signal: AbortSignal | undefined) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), seconds * 1000);
  return {
    signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
    refresh: () => void timer.refresh(),
    end: () => clearTimeout(timer),
  };
}

async function append(handle: FileHandle, chunk: Uint8Array, path: string): Promise<number> {
  await onDisk(path, () => handle.writeFile(chunk));
  return chunk.length;
}

async function check(file: Download, part: string): Promise<void> {
  const hint = "the file was removed; fetch it again, or from another mirror";
  const bytes = await sizeOf(part);
  if (file.bytes !== undefined && bytes !== file.bytes) {
    await rm(part, { force: true });
    fail(file.url, `must hold ${file.bytes} bytes`, bytes, hint);
  }
  const md5 = file.md5 && (await md5Of(part));
  if (md5 !== file.md5) {
    await rm(part, { force: true });
    fail(file.url, `MD5 must be ${file.md5}`, md5, hint);
  }
}

export async function md5Of(path: string): Promise<string> {
  const hash = createHash("md5");
  await pipeline((await openRegularFile(path)).createReadStream(), hash);
  return hash.digest("hex");
}

/** 0 for what is no regular file. */
async function sizeOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() ? found.size : 0;
}

/** Does something on disk; a refusal by the system becomes one clear error. */
export async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof NonsmoothError || isDiskFull(cause)) throw notWritten(path, cause);
    const got = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    const hint = isUnwritable(cause) ? "--data or NONSMOOTH_DATA names another folder of datasets" : undefined;
    throw new NonsmoothError(path, "must be writable", { got, hint, cause });
  }
}
