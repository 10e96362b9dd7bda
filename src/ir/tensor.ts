import { allocate, type ElementFormat, formatOf, isFloat, isNarrow, type NumberArray, requireFormat } from "../formats";
import { fail } from "../util";
import { size } from "./shapes";
import type { Shape, Type } from "./types";

/** Numbers in the host's memory: what a program is fed and what it returns. Every number is a number of the format. */
export interface Tensor extends Type {
  /** Row-major; f64 as Float64Array, narrower floats as Float32Array, i32 as Int32Array, bool as Uint8Array of 0 and 1. */
  readonly data: NumberArray;
}

/**
 * A tensor of the given values, each rounded to the format; row by row; `shape` defaults to a vector, or a scalar for one number.
 *
 * @example
 * ```ts
 * import { tensor } from "nonsmooth";
 *
 * const rows = [[1, 2], [3, 4]];
 * console.log(tensor("f32", rows.flat(), [2, 2]).shape, tensor("f16", 0.1).data[0]); // [ 2, 2 ] 0.0999755859375
 * ```
 */
export function tensor(format: ElementFormat, values: ArrayLike<number> | number, shape?: Shape): Tensor {
  requireFormat("tensor", format);
  const source = typeof values === "number" ? [values] : values;
  requireNumbers(source);
  const target = shape ?? (typeof values === "number" ? [] : [source.length]);
  requireShape(target);
  if (size(target) !== source.length)
    fail("tensor", `shape [${target.join(",")}] must hold every value`, source.length);
  const data = allocate(format, source.length);
  const round = isFloat(format) ? formatOf(format).round : (x: number) => requireWhole(`tensor ${format}`, format, x);
  for (let i = 0; i < source.length; i++) data[i] = round(source[i]!);
  return { format, shape: target, data };
}

/** For programs without types: other elements would become NaN. */
function requireNumbers(values: unknown): asserts values is ArrayLike<number> {
  const isList = typeof values === "object" && values !== null && "length" in values;
  const isBig = values instanceof BigInt64Array || values instanceof BigUint64Array;
  if (!isList || isBig) fail("tensor", "values must be a number or an array of numbers", kindOf(values));
  if (ArrayBuffer.isView(values)) return;
  const list = values as ArrayLike<unknown>;
  for (let i = 0; i < list.length; i++) if (typeof list[i] !== "number") refuseElement(list[i], i);
}

function refuseElement(element: unknown, i: number): never {
  const isList = typeof element === "object" && element !== null && "length" in element;
  const big = typeof element === "bigint" ? ", not BigInts" : "";
  const hint = isList
    ? "give all rows as one list, with their shape: values.flat(), [2, 3]"
    : `it is element ${i}, from 0`;
  return fail("tensor", `values must be numbers${big}`, element, hint);
}

function requireShape(shape: unknown): void {
  const isLength = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isLength)) fail("tensor", "shape must be a list of lengths", shape);
}

/** An array is too long for a message. */
const kindOf = (value: unknown) =>
  typeof value === "object" && value !== null ? value.constructor?.name : (value as unknown);

/** @returns x, a number of a format that is not floating-point */
export function requireWhole(what: string, format: ElementFormat, x: number): number {
  if (format === "bool" ? x !== 0 && x !== 1 : (x | 0) !== x)
    fail(what, format === "bool" ? "values must be 0 or 1" : "values must be 32-bit integers", x);
  return x;
}

/**
 * A tensor from numbers of another format, images for instance. It uses the same array if all its numbers are numbers of the
 * format; otherwise they are rounded into a new array.
 */
export function converted(format: ElementFormat, numbers: Float32Array | Float64Array, shape: Shape): Tensor {
  const same = !isNarrow(format) && numbers.constructor === allocate(format, 0).constructor;
  return same ? wrap(format, numbers, shape) : tensor(format, numbers, shape);
}

/**
 * A tensor that uses an array whose numbers are already numbers of the format; nothing is copied or rounded.
 *
 * @example
 * ```ts
 * import { wrap } from "nonsmooth";
 *
 * const pixels = Float32Array.of(0, 0.5, 1, 0.25);
 * console.log(wrap("f32", pixels, [2, 2]).data === pixels); // true
 * ```
 */
export function wrap(format: ElementFormat, data: NumberArray, shape: Shape): Tensor {
  requireFormat("tensor", format);
  const expected = allocate(format, 0).constructor;
  if (data?.constructor !== expected) fail(`tensor ${format}`, `data must be a ${expected.name}`, kindOf(data));
  requireShape(shape);
  if (size(shape) !== data.length) fail("tensor", `shape [${shape.join(",")}] must hold every value`, data.length);
  return { format, shape, data };
}
