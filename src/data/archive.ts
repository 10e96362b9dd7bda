/** Unpacking of .tar.gz archives, as a stream: neither the archive nor a file in it is ever held in memory as a whole. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { fail, NonsmoothError, openRegularFile } from "../util";
import { onDisk } from "./download";

/** What to take from an archive, and how much it may be. */
export interface Wanted {
  /** By a file's name, without folders: the bytes that it may have. Other files are passed over. */
  readonly files: Readonly<Record<string, number>>;
  /** Bytes that the whole archive may have unpacked. */
  readonly total: number;
}

/**
 * Unpacks some files of a gzipped tar archive into a folder, in which there must be none of these names.
 *
 * @returns by name the SHA-256 of each file that was written
 * @throws NonsmoothError if the archive is damaged, cut off or larger than expected, or the disk is full or read-only; the signal's
 * reason when it is aborted
 */
export async function unpack(
  archive: string,
  folder: string,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const written: Record<string, string> = {};
  const tar = extract();
  const unpackEntries = async (): Promise<void> => {
    for await (const entry of tar) {
      const { name: path, type, size = 0 } = entry.header;
      const name = basename(path);
      const most = type === "file" && Object.hasOwn(wanted.files, name) ? wanted.files[name] : undefined;
      if (most !== undefined && size > most) fail(`${archive}, ${path}`, `must hold at most ${most} bytes`, size);
      if (most === undefined) entry.resume();
      else written[name] = await writeEntry(entry as AsyncIterable<unknown>, join(folder, name));
    }
  };
  const stored = (await openRegularFile(archive)).createReadStream();
  const limited = (plain: AsyncIterable<Uint8Array>) => upTo(wanted.total, plain, archive);
  const ends = await Promise.allSettled([pipeline(stored, createGunzip(), limited, tar, { signal }), unpackEntries()]);
  const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as Error] : []));
  if (errors.length === 0) return written;
  signal?.throwIfAborted();
  // either side ends the other, whose error then says nothing
  const own = errors.find((error) => error instanceof NonsmoothError);
  if (own) throw own;
  const [cause] = errors;
  throw new NonsmoothError(archive, "must be an intact .tar.gz archive", { got: cause!.message, cause });
}

async function* upTo(most: number, chunks: AsyncIterable<Uint8Array>, archive: string) {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) fail(archive, `must hold at most ${most} bytes unpacked`, "more");
    yield chunk;
  }
}

/** Writes one file; its SHA-256. */
async function writeEntry(entry: AsyncIterable<unknown>, path: string): Promise<string> {
  const hash = createHash("sha256");
  const handle = await onDisk(path, () => open(path, "wx"));
  try {
    for await (const chunk of entry as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      await onDisk(path, () => handle.writeFile(chunk));
    }
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}
