/** What readers of MATLAB's level 5 files have in common ("MAT-File Format", The MathWorks, chapter 1). */
import { fail } from "../util";

/** Bytes before the first element. */
export const HEADER = 128;
export const MATRIX = 14;
export const COMPRESSED = 15;
/** mxCELL_CLASS = 1, … (table 1-3). */
export const CLASSES =
  "cell struct object char sparse double single int8 uint8 int16 uint16 int32 uint32 int64 uint64".split(" ");
const COMPLEX = 0x08;

/** The description of an array, known before its values. */
export interface MatArray {
  readonly name: string;
  /** MATLAB's class: `uint8`, `double`, `cell` … */
  readonly class: string;
  readonly dimensions: readonly number[];
}

/** A file, and whether its numbers are little-endian. */
export interface MatOrder {
  readonly path: string;
  readonly little: boolean;
}

/** The beginning of an element. */
export interface Tag {
  readonly type: number;
  readonly bytes: number;
  /** The data of a small element, which are inside the tag. */
  readonly small?: Uint8Array;
}

/** Whether numbers are little-endian. @throws NonsmoothError for the header of another format */
export function isLittle(header: Uint8Array, path: string): boolean {
  const text = Buffer.from(header).toString("latin1");
  if (text.startsWith("MATLAB 7.3") || text.startsWith("\x89HDF")) {
    const hint = "save it again in MATLAB with save(…, '-v7')";
    fail(path, "must be a MAT-file of level 5 (v5 to v7)", "v7.3, which is HDF5", hint);
  }
  const order = text.slice(126);
  if (order !== "IM" && order !== "MI") {
    const hint = text.startsWith("<") ? "this looks like a web page that was saved instead of the file" : undefined;
    fail(path, "must be a MAT-file of level 5, with the byte order IM or MI at byte 126", order, hint);
  }
  return order === "IM";
}

/** @param tag its 8 bytes */
export function parseTag(tag: Uint8Array, { little }: MatOrder): Tag {
  const view = viewOf(tag);
  const word = view.getUint32(0, little);
  // a small element: 16 bits of length and 16 of type in one word, then up to 4 bytes of data
  if (word >>> 16 !== 0) return { type: word & 0xffff, bytes: word >>> 16, small: tag.subarray(4, 4 + (word >>> 16)) };
  return { type: word, bytes: view.getUint32(4, little) };
}

/** An array from the data of its first three elements. */
export function parseArray(flags: Uint8Array, dimensions: Uint8Array, name: Uint8Array, { path, little }: MatOrder) {
  if (flags.length !== 8) fail(path, "the flags of an array must have 8 bytes", flags.length, "it is damaged");
  const word = viewOf(flags).getUint32(0, little);
  const sizes = viewOf(dimensions);
  const lengths = Array.from({ length: sizes.byteLength / 4 }, (_, i) => sizes.getInt32(4 * i, little));
  if (lengths.some((length) => length < 0)) {
    fail(path, "the dimensions of an array must not be negative", lengths.join(" × "), "it is damaged");
  }
  const array: MatArray = {
    name: Buffer.from(name).toString("latin1"),
    class: CLASSES[(word & 0xff) - 1] ?? `class ${word & 0xff}`,
    dimensions: lengths,
  };
  return { array, complex: ((word >>> 8) & COMPLEX) !== 0 };
}

/** Refuses an element at the top of the file that is not an array. */
export function failElement(path: string, type: number): never {
  fail(path, "its elements must be arrays (types 14 and 15)", type, "it is damaged or not a MAT-file of level 5");
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Elements inside an array begin at multiples of 8 bytes. */
export const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;
