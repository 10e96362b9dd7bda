/**
 * MATLAB's level 5 files ("MAT-File Format", The MathWorks, chapter 1): a header of 128 bytes, then data elements,
 * each a type, a length and its data; an array is an element whose data are further elements (flags, dimensions, name,
 * values). Elements may be deflated one by one. Real numeric arrays are read, as a stream: nothing is held whole.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInflate } from "node:zlib";
import { fail, NonsmoothError, openRegularFile } from "../util";
import { ByteReader } from "./byte-reader";
import {
  CLASSES,
  COMPRESSED,
  failElement,
  HEADER,
  isLittle,
  MATRIX,
  type MatArray,
  type MatOrder,
  padded,
  parseArray,
  parseTag,
  viewOf,
} from "./mat-format";
import type { DataFile } from "./types";

export type { MatArray } from "./mat-format";

type Get = (view: DataView, at: number, little: boolean) => number;

/** The types that values are stored as (table 1-1), and their sizes; a class may be stored as a narrower type. */
const STORED: Readonly<Record<number, readonly [bytes: number, get: Get]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getInt16(at, little)],
  4: [2, (view, at, little) => view.getUint16(at, little)],
  5: [4, (view, at, little) => view.getInt32(at, little)],
  6: [4, (view, at, little) => view.getUint32(at, little)],
  7: [4, (view, at, little) => view.getFloat32(at, little)],
  9: [8, (view, at, little) => view.getFloat64(at, little)],
};
const UINT8 = 2;

/** Takes an array's values, column-major: the first dimension fastest. */
export interface MatReceiver {
  /** Values come in multiples of this number, a divisor of the array's length. */
  readonly unit: number;
  /** Takes values, which it must use before it returns; `first` is the index of the first one. */
  readonly receive: (values: Uint8Array | Float64Array, first: number) => void;
}

/** For each array of a file: the object that takes its values, or undefined to skip it. May throw to refuse it. */
export type MatVisitor = (array: MatArray) => MatReceiver | undefined;

/** The file that was read. */
export interface MatFile {
  /** Name, size and hash of the file on disk. */
  readonly content: DataFile;
  readonly md5: string;
}

/**
 * Reads the arrays of a level 5 MAT-file, deflated or not, in either byte order.
 *
 * @throws NonsmoothError naming the file if it is not such a file, truncated or damaged, or if a requested array
 * is not numeric, is complex or has 64-bit integers; what `visit` throws
 */
export async function readMat(path: string, visit: MatVisitor): Promise<MatFile> {
  const hashes = { sha256: createHash("sha256"), md5: createHash("md5") };
  let bytes = 0;
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const file = await openRegularFile(path);
    for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 })) {
      hashes.sha256.update(chunk);
      hashes.md5.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const cut = () =>
    new NonsmoothError(path, "must be a whole MAT-file", {
      got: `one cut after ${bytes} bytes`,
      hint: "it is truncated",
    });
  const reader = new ByteReader(chunks(), cut);
  try {
    const file = { path, visit, cut, little: isLittle(await reader.take(HEADER), path) };
    while (!(await reader.atEnd())) await readTopElement(reader, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof NonsmoothError || code === undefined) throw error;
    throw new NonsmoothError(path, "must be a readable file", { got: code, cause: error });
  } finally {
    await reader.close();
  }
  const content = { name: basename(path), bytes, sha256: hashes.sha256.digest("hex") };
  return { content, md5: hashes.md5.digest("hex") };
}

/** What holds for the whole file. */
interface Context extends MatOrder {
  readonly visit: MatVisitor;
  readonly cut: () => Error;
}

async function readTopElement(reader: ByteReader, file: Context): Promise<void> {
  const { type, bytes } = parseTag(await reader.take(8), file);
  if (type === COMPRESSED) return inflated(reader, bytes, file);
  if (type === MATRIX) return readMatrix(reader, bytes, file);
  failElement(file.path, type);
}

/** Reads the element inside a deflated one. */
async function inflated(reader: ByteReader, bytes: number, file: Context): Promise<void> {
  const end = reader.position + bytes;
  const inflate = createInflate({ chunkSize: 1 << 18 });
  try {
    await pipeline(Readable.from(reader.pieces(bytes), { objectMode: false }), inflate, async (plain) => {
      const inner = new ByteReader(plain as AsyncIterable<Uint8Array>, file.cut);
      await readTopElement(inner, file);
      await requireEnd(inner, file);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith("Z_")) throw error;
    throw new NonsmoothError(file.path, "its compressed data must be intact", { got: message, cause: error });
  }
  await reader.skip(end - reader.position);
}

/** An element fills the deflated data that it is in, but for a few bytes that fill up a word. */
async function requireEnd(inner: ByteReader, file: Context): Promise<void> {
  for (let more = 0; !(await inner.atEnd()); more++) {
    if (more === 8) fail(file.path, "a compressed array must end with its values", "more bytes", "it is damaged");
    await inner.skip(1);
  }
}

/** The data of a short element inside an array: flags, dimensions, name. */
async function readShort(reader: ByteReader, file: Context): Promise<Uint8Array> {
  const { bytes, small } = parseTag(await reader.take(8), file);
  if (small) return small;
  if (bytes > 4096) fail(file.path, "the flags, dimensions and name of an array must be short", `${bytes} bytes`);
  return (await reader.take(padded(bytes))).subarray(0, bytes);
}

async function readMatrix(reader: ByteReader, bytes: number, file: Context): Promise<void> {
  const end = reader.position + bytes;
  if (bytes > 0) {
    const head = [await readShort(reader, file), await readShort(reader, file), await readShort(reader, file)] as const;
    const { array, complex } = parseArray(...head, file);
    const receiver = file.visit(array);
    if (receiver) await readValues(reader, array, complex, receiver, file);
  }
  await reader.skip(end - reader.position);
}

async function readValues(
  reader: ByteReader,
  { name, class: kind, dimensions }: MatArray,
  complex: boolean,
  { unit, receive }: MatReceiver,
  file: Context,
): Promise<void> {
  const { type, bytes, small } = parseTag(await reader.take(8), file);
  const stored = STORED[type];
  if (CLASSES.indexOf(kind) < CLASSES.indexOf("double") || complex || !stored) {
    fail(
      file.path,
      `${name} must be a real array of numbers up to 32 bits, or double`,
      complex ? `complex ${kind}` : kind,
    );
  }
  const [width, get] = stored;
  const length = dimensions.reduce((product, n) => product * n, 1);
  if (bytes !== length * width) {
    fail(file.path, `${name} (${dimensions.join(" × ")}) must have ${length * width} bytes of values`, bytes);
  }
  let first = 0;
  for await (const piece of small ? [small] : reader.pieces(bytes, unit * width)) {
    const values = type === UINT8 ? piece : decode(piece, width, get, file.little);
    receive(values, first);
    first += values.length;
  }
}

function decode(piece: Uint8Array, width: number, get: Get, little: boolean): Float64Array {
  const view = viewOf(piece);
  return Float64Array.from({ length: piece.length / width }, (_, i) => get(view, i * width, little));
}
