/**
 * The IDX format of MNIST's files (http://yann.lecun.com/exdb/mnist, "the IDX file format"): two zero bytes, a type, the
 * number of dimensions, each dimension as a big-endian 32-bit integer, then the values, the last dimension fastest.
 * Only unsigned bytes (type 0x08) are read, gzipped or not.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { promisify } from "node:util";
import { constants, gunzip, gunzipSync } from "node:zlib";
import { fail, NonsmoothError, readRegularFile } from "../util";
import type { DataFile } from "./types";

const UNSIGNED_BYTE = 0x08;
const TYPES: Readonly<Record<number, string>> = {
  9: "signed bytes",
  11: "16-bit integers",
  12: "32-bit integers",
  13: "32-bit floats",
  14: "64-bit floats",
};

/** Bytes that a file may hold unpacked, unless the caller says otherwise. */
const MOST_BYTES = 2 ** 30;
/** Stored bytes that are enough for any header. */
const BEGINNING = 1024;

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
 * Reads an IDX file of unsigned bytes; its first two bytes, not its name, show whether it is gzipped. No more is inflated than the
 * header says.
 *
 * @param rank how many dimensions it must have: 3 for images, 1 for labels
 * @param most bytes that it may hold unpacked; default 1 GiB
 * @throws NonsmoothError naming the file, for anything but an intact file of this type and rank
 */
export async function readIdx(path: string, rank: number, most = MOST_BYTES): Promise<IdxFile> {
  const stored = await readRegularFile(path, most);
  const gzipped = stored[0] === 0x1f && stored[1] === 0x8b;
  const bytes = gzipped ? await unpack(stored, rank, path, most) : stored;
  return {
    path,
    ...parseIdx(bytes, rank, path),
    content: { name: basename(path), bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") },
    ...(gzipped && { packedMd5: createHash("md5").update(stored).digest("hex") }),
  };
}

/** Takes the content of an IDX file apart; `file` is its name in errors. Throws as `readIdx` does. */
export function parseIdx(bytes: Uint8Array, rank: number, file: string): IdxArray {
  const { dimensions, header, expected } = parseHeader(bytes, rank, file);
  if (bytes.length !== expected) {
    const hint = bytes.length < expected ? "it is truncated" : `it has ${bytes.length - expected} trailing bytes`;
    fail(file, sizeRule(dimensions, expected), bytes.length, hint);
  }
  return { dimensions, data: bytes.subarray(header) };
}

const sizeRule = (dimensions: readonly number[], expected: number) =>
  `must hold ${expected} bytes (${dimensions.join(" × ")} and the header)`;

/** @returns the lengths of the header and of the whole file, in bytes */
function parseHeader(bytes: Uint8Array, rank: number, file: string) {
  const header = 4 + 4 * rank;
  if (bytes.length < header) fail(file, `must hold an IDX header of ${header} bytes`, bytes.length, "it is truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic !== UNSIGNED_BYTE * 256 + rank) failMagic(file, rank, bytes, magic);
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = header + dimensions.reduce((product, n) => product * n, 1);
  return { dimensions, header, expected };
}

/** Inflates the header, and then as much as it says. */
async function unpack(stored: Uint8Array, rank: number, path: string, most: number): Promise<Uint8Array> {
  const beginning = beginningOf(stored, path);
  const { dimensions, expected } = parseHeader(beginning, rank, path);
  if (expected > most)
    fail(path, `must hold at most ${most} bytes`, expected, `its header says ${dimensions.join(" × ")}`);
  try {
    return await promisify(gunzip)(stored, { maxOutputLength: expected });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      fail(path, sizeRule(dimensions, expected), "more", "it has trailing bytes");
    }
    throw damaged(path, cause);
  }
}

function beginningOf(stored: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(stored.subarray(0, BEGINNING), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw damaged(path, cause);
  }
}

const damaged = (path: string, cause: unknown) =>
  new NonsmoothError(path, "must be an intact gzip file", { got: (cause as Error).message, cause });

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
