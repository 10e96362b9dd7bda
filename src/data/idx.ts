/**
 * The IDX format of MNIST's files (http://yann.lecun.com/exdb/mnist, "the IDX file format"): two zero bytes, a type, the
 * number of dimensions, each dimension as a big-endian 32-bit integer, then the values, the last dimension fastest.
 * Only unsigned bytes (type 0x08) are read, gzipped or not.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { fail, NonsmoothError, readRegular } from "../util";
import type { DataFile } from "./types";

const UNSIGNED_BYTE = 0x08;
const TYPES: Readonly<Record<number, string>> = {
  9: "signed bytes",
  11: "16-bit integers",
  12: "32-bit integers",
  13: "32-bit floats",
  14: "64-bit floats",
};

/** An array of bytes with its dimensions. */
export interface IdxArray {
  readonly dimensions: readonly number[];
  /** Row-major; a view on the file's content. */
  readonly data: Uint8Array;
}

/** An IDX file in memory. */
export interface IdxFile extends IdxArray {
  readonly path: string;
  /** Name, size and hash of the unpacked content. */
  readonly content: DataFile;
  /** MD5 of the file on disk, if it is gzipped. */
  readonly packedMd5?: string;
}

/**
 * Reads an IDX file of unsigned bytes; its first two bytes, not its name, show whether it is gzipped.
 *
 * @param rank how many dimensions it must have: 3 for images, 1 for labels
 * @throws NonsmoothError naming the file, for anything but an intact file of this type and rank
 */
export async function readIdx(path: string, rank: number): Promise<IdxFile> {
  const stored = await readRegular(path);
  const gzipped = stored[0] === 0x1f && stored[1] === 0x8b;
  const bytes = gzipped ? await unpack(stored, path) : stored;
  return {
    path,
    ...parseIdx(bytes, rank, path),
    content: { name: basename(path), bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") },
    ...(gzipped && { packedMd5: createHash("md5").update(stored).digest("hex") }),
  };
}

/** Takes the content of an IDX file apart; `file` is its name in errors. Throws as `readIdx` does. */
export function parseIdx(bytes: Uint8Array, rank: number, file: string): IdxArray {
  const header = 4 + 4 * rank;
  if (bytes.length < header) fail(file, `must hold an IDX header of ${header} bytes`, bytes.length, "it is truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic !== UNSIGNED_BYTE * 256 + rank) failMagic(file, rank, bytes, magic);
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = header + dimensions.reduce((product, n) => product * n, 1);
  if (bytes.length !== expected) {
    const hint = bytes.length < expected ? "it is truncated" : `it has ${bytes.length - expected} trailing bytes`;
    fail(file, `must hold ${expected} bytes (${dimensions.join(" × ")} and the header)`, bytes.length, hint);
  }
  return { dimensions, data: bytes.subarray(header) };
}

async function unpack(stored: Uint8Array, path: string): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(stored);
  } catch (cause) {
    const got = (cause as Error).message;
    throw new NonsmoothError(path, "must be an intact gzip file", { got, cause });
  }
}

function failMagic(file: string, rank: number, bytes: Uint8Array, magic: number): never {
  const type = TYPES[bytes[2]!];
  const hint =
    bytes[0] === 0x3c // "<"
      ? "this looks like a web page that was saved instead of the file"
      : magic >>> 16 === 0 && type
        ? `this file holds ${type}`
        : undefined;
  fail(file, `magic number must be ${hex(UNSIGNED_BYTE * 256 + rank)} (bytes in ${rank}-d)`, hex(magic), hint);
}

const hex = (word: number): string => `0x${word.toString(16).padStart(8, "0")}`;
