/**
 * MATLAB's files of level 5 ("MAT-File Format", The MathWorks, chapter 1): a header of 128 bytes, then data elements,
 * each a type, a length and its data; an array is an element whose data are further elements (flags, dimensions, name,
 * values). Elements may be deflated one by one. Real numeric arrays are read, as a stream: nothing is held whole.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInflate } from "node:zlib";
import { fail, NonsmoothError } from "../util";
import { ByteReader } from "./byte-reader";
import type { DataFile } from "./types";

const HEADER = 128;
const MATRIX = 14;
const COMPRESSED = 15;
/** mxCELL_CLASS = 1, … (table 1-3). */
const CLASSES = "cell struct object char sparse double single int8 uint8 int16 uint16 int32 uint32 int64 uint64".split(
  " ",
);
const COMPLEX = 0x08;

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

/** What an array is, known before its values. */
export interface MatArray {
  readonly name: string;
  /** MATLAB's class: `uint8`, `double`, `cell` … */
  readonly class: string;
  readonly dimensions: readonly number[];
}

/** Takes an array's values, column-major: the first dimension fastest. */
export interface MatReceiver {
  /** Values come in multiples of so many; a divisor of the array's length. */
  readonly unit: number;
  /** Values, to be used before it returns; `first` is the index of the first of them. */
  readonly receive: (values: Uint8Array | Float64Array, first: number) => void;
}

/** For each array of a file: what takes its values, or undefined to pass over it. May throw to refuse it. */
export type MatVisitor = (array: MatArray) => MatReceiver | undefined;

/** The file as it was read. */
export interface MatFile {
  /** Name, size and hash of the file as it lies on disk. */
  readonly content: DataFile;
  readonly md5: string;
}

/**
 * Reads the arrays of a MAT-file of level 5, deflated or not, of either byte order.
 *
 * @throws NonsmoothError naming the file where it is no such file, truncated or damaged, or where an array that is asked
 * for is not numeric, complex or of 64-bit integers; what `visit` throws
 */
export async function readMat(path: string, visit: MatVisitor): Promise<MatFile> {
  const hashes = { sha256: createHash("sha256"), md5: createHash("md5") };
  let bytes = 0;
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hashes.sha256.update(chunk);
      hashes.md5.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const cut = () =>
    new NonsmoothError(path, "must be a whole MAT-file", {
      got: `one cut after ${bytes} bytes`,
      hint: "It is truncated.",
    });
  const reader = new ByteReader(chunks(), cut);
  try {
    const file = { path, visit, cut, little: await readHeader(reader, path) };
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
interface Context {
  readonly path: string;
  readonly little: boolean;
  readonly visit: MatVisitor;
  readonly cut: () => Error;
}

/** Whether numbers are little-endian. */
async function readHeader(reader: ByteReader, path: string): Promise<boolean> {
  const header = await reader.take(HEADER);
  const text = Buffer.from(header).toString("latin1");
  if (text.startsWith("MATLAB 7.3") || text.startsWith("\x89HDF")) {
    const hint = "Save it again in MATLAB with save(…, '-v7').";
    fail(path, "must be a MAT-file of level 5 (v5 to v7)", "v7.3, which is HDF5", hint);
  }
  const order = text.slice(126);
  if (order !== "IM" && order !== "MI") {
    const hint = text.startsWith("<") ? "This looks like a web page, saved in place of the file." : undefined;
    fail(path, "must be a MAT-file of level 5, with the byte order IM or MI at byte 126", order, hint);
  }
  return order === "IM";
}

async function readTopElement(reader: ByteReader, file: Context): Promise<void> {
  const { type, bytes } = await readTag(reader, file);
  if (type === COMPRESSED) return inflated(reader, bytes, file);
  if (type === MATRIX) return readMatrix(reader, bytes, file);
  fail(file.path, "its elements must be arrays (types 14 and 15)", type, "It is damaged, or no MAT-file of level 5.");
}

/** Reads the element inside a deflated one. */
async function inflated(reader: ByteReader, bytes: number, file: Context): Promise<void> {
  const end = reader.position + bytes;
  const inflate = createInflate({ chunkSize: 1 << 18 });
  try {
    await pipeline(Readable.from(reader.pieces(bytes), { objectMode: false }), inflate, async (plain) => {
      const inner = new ByteReader(plain as AsyncIterable<Uint8Array>, file.cut);
      await readTopElement(inner, file);
      while (!(await inner.atEnd())) await inner.skip(1);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith("Z_")) throw error;
    throw new NonsmoothError(file.path, "its compressed data must be intact", { got: message, cause: error });
  }
  await reader.skip(end - reader.position);
}

interface Tag {
  readonly type: number;
  readonly bytes: number;
  /** The data of a small element, which lie in the tag. */
  readonly small?: Uint8Array;
}

async function readTag(reader: ByteReader, { little }: Context): Promise<Tag> {
  const tag = await reader.take(8);
  const view = viewOf(tag);
  const word = view.getUint32(0, little);
  // a small element: 16 bits of length and 16 of type in one word, then up to 4 bytes of data
  if (word >>> 16 !== 0) return { type: word & 0xffff, bytes: word >>> 16, small: tag.subarray(4, 4 + (word >>> 16)) };
  return { type: word, bytes: view.getUint32(4, little) };
}

/** The data of a short element inside an array: flags, dimensions, name. */
async function readShort(reader: ByteReader, file: Context): Promise<Uint8Array> {
  const { bytes, small } = await readTag(reader, file);
  if (small) return small;
  if (bytes > 4096) fail(file.path, "the flags, dimensions and name of an array must be short", `${bytes} bytes`);
  return (await reader.take(padded(bytes))).subarray(0, bytes);
}

async function readMatrix(reader: ByteReader, bytes: number, file: Context): Promise<void> {
  const end = reader.position + bytes;
  if (bytes > 0) {
    const head = viewOf(await readShort(reader, file));
    if (head.byteLength !== 8)
      fail(file.path, "the flags of an array must have 8 bytes", head.byteLength, "It is damaged.");
    const flags = head.getUint32(0, file.little);
    const sizes = viewOf(await readShort(reader, file));
    const dimensions = Array.from({ length: sizes.byteLength / 4 }, (_, i) => sizes.getInt32(4 * i, file.little));
    const name = Buffer.from(await readShort(reader, file)).toString("latin1");
    const array = { name, class: CLASSES[(flags & 0xff) - 1] ?? `class ${flags & 0xff}`, dimensions };
    const receiver = file.visit(array);
    if (receiver) await readValues(reader, array, ((flags >>> 8) & COMPLEX) !== 0, receiver, file);
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
  const { type, bytes, small } = await readTag(reader, file);
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

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Elements inside an array begin at multiples of 8 bytes. */
const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;
