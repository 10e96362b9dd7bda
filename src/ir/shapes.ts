import { fail } from "../util";
import type { Shape, Type } from "./types";

/** Number of elements. */
export function size(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Throws unless every length is a positive integer. */
export function requireLengths(what: string, shape: Shape): void {
  if (shape.some((n) => !Number.isInteger(n) || n < 1)) fail(what, "lengths must be positive integers", shape);
}

/**
 * `f32[256,784]`
 *
 * @example
 * ```ts
 * import { formatType, input } from "nonsmooth";
 *
 * console.log(formatType(input("x", "f32", [256, 784]))); // f32[256,784]
 * ```
 */
export function formatType(type: Type): string {
  return `${type.format}[${type.shape.join(",")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

export function sameType(a: Type, b: Type): boolean {
  return a.format === b.format && sameShape(a.shape, b.shape);
}

/** Row-major strides: [2,3,4] → [12,4,1]. */
export function strides(shape: Shape): number[] {
  const result = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    result[i] = stride;
    stride *= shape[i]!;
  }
  return result;
}

/** The common shape of operands aligned at their last axis; a length of 1 stretches (NumPy's rule). */
export function broadcastShapes(what: string, shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((s) => s[axis - rank + s.length] ?? 1);
    const length = Math.max(...lengths);
    if (lengths.some((n) => n !== length && n !== 1)) {
      fail(what, "shapes must be equal or stretch from 1", shapes.map((s) => `[${s.join(",")}]`).join(" and "));
    }
    return length;
  });
}

/** Axes as sorted non-negative integers; −1 is the last axis. */
export function normalizeAxes(what: string, axes: readonly number[], rank: number): number[] {
  const sorted = axes.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b);
  const valid = sorted.every((a, i) => Number.isInteger(a) && a >= 0 && a < rank && a !== sorted[i - 1]);
  if (!valid) fail(what, `axes must be distinct integers in [-${rank}, ${rank})`, axes);
  return sorted;
}
