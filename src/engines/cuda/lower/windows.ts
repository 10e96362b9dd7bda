/** Windows over images [B, H, W, C] in C, for pooling and convolution. */
import type { Shape } from "../../../ir";
import { indented, widthThat } from "../code/lines";

export interface Windows {
  readonly batch: number;
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  /** Windows along rows and columns. */
  readonly grid: readonly [number, number];
}

interface Attributes {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}

/** @param images [B, H, W, C] @param windows [B, H', W', …] */
export function windowsOf(images: Shape, windows: Shape, { kernel, stride, padding }: Attributes): Windows {
  const [batch, height, width, channels] = images as [number, number, number, number];
  return { batch, size: [height, width], channels, kernel, stride, padding, grid: [windows[1]!, windows[2]!] };
}

export const places = ({ kernel }: Windows): number => kernel[0]! * kernel[1]!;
export const pixels = ({ size }: Windows): number => size[0] * size[1];
export const windowCount = ({ grid }: Windows): number => grid[0] * grid[1];

/** Channels that a thread handles at once. */
export const channelWidth = (channels: number, bytes: number): number =>
  widthThat((width) => channels % width === 0, bytes);

/** Splits `name`, which counts (image, row, column), into b, <row> and <column>. */
export const splitPlace = (name: string, [rows, columns]: readonly [number, number], row: string, column: string) =>
  `const index b = ${name} / ${rows * columns}, ${row} = ${name} / ${columns} % ${rows}, ${column} = ${name} % ${columns};`;

/** For each place k of the window (b, u, v) that is not in the padding: `use` with its pixel (h, w). */
export function overPlaces({ size, kernel, stride, padding }: Windows, use: string): string {
  return [
    "#pragma unroll",
    `for (int k = 0; k < ${kernel[0]! * kernel[1]!}; k++) {`,
    `  const int h = u * ${stride[0]} - ${padding[0]} + k / ${kernel[1]}, w = v * ${stride[1]} - ${padding[1]} + k % ${kernel[1]};`,
    `  if (h < 0 || h >= ${size[0]} || w < 0 || w >= ${size[1]}) continue;`,
    indented(use),
    "}",
  ].join("\n");
}

/** For each window (b, u, v) that holds the pixel (b, h, w), in raster order: `use` with the pixel's place k in it. */
export function overWindows({ grid, kernel, stride, padding }: Windows, use: string): string {
  const first = (pixel: string, axis: 0 | 1) => {
    const beyond = `${pixel} + ${padding[axis]} - ${kernel[axis]! - 1}`;
    return stride[axis] === 1 ? beyond : `(${beyond} + ${stride[axis]! - 1}) / ${stride[axis]}`;
  };
  const begin = (pixel: string, axis: 0 | 1) =>
    `${pixel} + ${padding[axis]} < ${kernel[axis]! - 1} ? 0 : ${first(pixel, axis)}`;
  return [
    `for (int u = ${begin("h", 0)}; u < ${grid[0]} && u * ${stride[0]} <= h + ${padding[0]}; u++)`,
    `for (int v = ${begin("w", 1)}; v < ${grid[1]} && v * ${stride[1]} <= w + ${padding[1]}; v++) {`,
    `  const int k = (h + ${padding[0]} - u * ${stride[0]}) * ${kernel[1]} + w + ${padding[1]} - v * ${stride[1]};`,
    indented(use),
    "}",
  ].join("\n");
}
