/** Unpacking of .tar.gz archives, as a stream: neither the archive nor a file in it is ever held in memory as a whole. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { makeFolder, NonsmoothError } from "../util";
import { onDisk } from "./download";

/**
 * Unpacks some files of a gzipped tar archive; each is written beside its place first, then renamed.
 *
 * @param target for a file's name, without folders, the path it is written to; undefined to pass over it
 * @returns by name the SHA-256 of each file that was written
 * @throws NonsmoothError if the archive is damaged or cut off, or the disk is full or read-only; the signal's reason when
 * it is aborted
 */
export async function unpack(
  archive: string,
  target: (name: string) => string | undefined,
  signal?: AbortSignal,
): Promise<Record<string, string>> {
  const written: Record<string, string> = {};
  const tar = extract();
  const unpackEntries = async (): Promise<void> => {
    for await (const entry of tar) {
      const name = basename(entry.header.name);
      const path = entry.header.type === "file" ? target(name) : undefined;
      if (path === undefined) entry.resume();
      else written[name] = await writeEntry(entry as AsyncIterable<unknown>, path);
    }
  };
  try {
    await Promise.all([pipeline(createReadStream(archive), createGunzip(), tar, { signal }), unpackEntries()]);
  } catch (error) {
    signal?.throwIfAborted();
    tar.destroy();
    if (error instanceof NonsmoothError) throw error;
    throw new NonsmoothError(archive, "must be an intact .tar.gz archive", {
      got: (error as Error).message,
      cause: error,
    });
  }
  return written;
}

/** Writes one file; its SHA-256. */
async function writeEntry(entry: AsyncIterable<unknown>, path: string): Promise<string> {
  const part = `${path}.part`;
  const hash = createHash("sha256");
  const handle = await onDisk(part, async () => {
    makeFolder(dirname(part));
    return open(part, "w");
  });
  try {
    for await (const chunk of entry as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      await onDisk(part, () => handle.writeFile(chunk));
    }
  } finally {
    await handle.close();
  }
  await onDisk(path, () => rename(part, path));
  return hash.digest("hex");
}
