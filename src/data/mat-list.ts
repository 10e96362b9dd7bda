/** The arrays of a level 5 MATLAB file without their values: only the beginning of each is read and inflated. */
import { closeSync, readSync } from "node:fs";
import { constants, inflateSync } from "node:zlib";
import { fail, NonsmoothError, openRegularFileSync } from "../util";
import {
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
} from "./mat-format";

/** More bytes than the flags, dimensions and name of an array take, deflated or not. */
const BEGINNING = 4096;

/**
 * The arrays in the order of the file, each read on request.
 *
 * @throws NonsmoothError naming the file, unless it is a level 5 MAT-file in which the beginning of every array is complete
 */
export function* listMat(path: string): Generator<MatArray, void, undefined> {
  const file = openRegularFileSync(path);
  try {
    const header = readAt(file, 0, HEADER);
    if (header.length < HEADER) failCut(path);
    const order = { path, little: isLittle(header, path) };
    for (let at = HEADER; ; ) {
      const beginning = readAt(file, at, BEGINNING);
      if (beginning.length === 0) return;
      const array = arrayAt(beginning, order);
      if (array) yield array;
      at += 8 + parseTag(beginning, order).bytes;
    }
  } finally {
    closeSync(file);
  }
}

/** The array that begins here; undefined for an element without data. */
function arrayAt(element: Uint8Array, order: MatOrder): MatArray | undefined {
  if (element.length < 8) failCut(order.path);
  const { type, bytes } = parseTag(element, order);
  if (type === COMPRESSED) return arrayAt(inflated(element.subarray(8, 8 + bytes), order.path), order);
  if (type !== MATRIX) failElement(order.path, type);
  if (bytes === 0) return undefined;
  let at = 8;
  const next = (): Uint8Array => {
    if (at + 8 > element.length) failCut(order.path);
    const tag = parseTag(element.subarray(at, at + 8), order);
    at += 8;
    if (tag.small) return tag.small;
    if (at + tag.bytes > element.length) failCut(order.path);
    const data = element.subarray(at, at + tag.bytes);
    at += padded(tag.bytes);
    return data;
  };
  return parseArray(next(), next(), next(), order).array;
}

/** As much as can be inflated from the beginning of deflated data. */
function inflated(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    const got = (error as Error).message;
    throw new NonsmoothError(path, "its compressed data must be intact", { got, cause: error });
  }
}

function readAt(file: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

function failCut(path: string): never {
  fail(path, "must be a whole MAT-file", "one whose arrays are cut in their beginnings", "it is truncated");
}
