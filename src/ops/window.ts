/** Sliding windows over images [B, H, W, C], channels last: where they lie, and the rules of their attributes. */
import { formatType, type Shape, type Type } from "../ir";
import { fail } from "../util";

export type Pair = readonly [rows: number, columns: number];

export type Strides = { readonly stride: readonly number[]; readonly padding: readonly number[] };
export type Window = Strides & { readonly kernel: readonly number[] };

/** A number means the same in both directions. */
export type PairLike = number | readonly number[];
export const pair = (x: PairLike): readonly number[] => (typeof x === "number" ? [x, x] : x);

/** How many windows fit along an axis: ⌊(n + 2·padding − kernel) / stride⌋ + 1. */
export const windowCount = (n: number, kernel: number, stride: number, padding: number): number =>
  Math.floor((n + 2 * padding - kernel) / stride) + 1;

/** Throws unless the operand is [B, H, W, C]. */
export function requireImages(what: string, x: Type): void {
  if (x.shape.length !== 4) fail(what, "operand must be images [B, H, W, C]", formatType(x));
}

/** [rows, columns] of windows over [B, H, W, C]. */
export function windowGrid(what: string, shape: Shape, { kernel, stride, padding }: Window): [number, number] {
  requirePair(`${what}, kernel`, kernel, 1);
  requirePair(`${what}, stride`, stride, 1);
  requirePair(`${what}, padding`, padding, 0);
  const grid = [0, 1].map((i) => windowCount(shape[i + 1]!, kernel[i]!, stride[i]!, padding[i]!));
  if (grid.some((n) => n < 1)) {
    fail(what, `kernel must fit into the padded image ${shape[1]} × ${shape[2]}`, `${kernel.join(" × ")}`);
  }
  return grid as [number, number];
}

function requirePair(what: string, x: readonly number[], least: number): void {
  const valid = x.length === 2 && x.every((n) => Number.isInteger(n) && n >= least);
  if (!valid) fail(what, `must be two integers of at least ${least}`, x);
}

/**
 * For each window (raster order) and each place of its kernel (raster order) the pixel there, as row · width + column;
 * −1 in the padding. [windows, kernel places]
 */
export function windowPixels([height, width]: Pair, { kernel, stride, padding }: Window): Int32Array[] {
  const [rows, columns] = [height, width].map((n, i) => windowCount(n, kernel[i]!, stride[i]!, padding[i]!)) as [
    number,
    number,
  ];
  const pixels: Int32Array[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const own = new Int32Array(kernel[0]! * kernel[1]!);
      for (let place = 0; place < own.length; place++) {
        const y = row * stride[0]! - padding[0]! + Math.floor(place / kernel[1]!);
        const x = column * stride[1]! - padding[1]! + (place % kernel[1]!);
        own[place] = y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
      }
      pixels.push(own);
    }
  }
  return pixels;
}
