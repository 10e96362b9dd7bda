/** Sliding windows over images [B, H, W, C], cut out with slices: gathering single pixels is slow in WebAssembly. */
import type { Tensor4D, Tensor as TfTensor } from "@tensorflow/tfjs-core";
import type { Shape } from "../../ir";
import type { Tf } from "./package";

export interface Windows {
  /** [B, H, W, C] */
  readonly images: Shape;
  /** Rows and columns of windows. */
  readonly grid: readonly [number, number];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}

/** Images moved into a frame [B, rows, columns, C], from an offset on: what lies outside is cut off, the rest of the frame is filled. */
export function framed(tf: Tf, x: TfTensor, offset: readonly number[], size: readonly number[], fill = 0): Tensor4D {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const room = [height, width].map((n, i): [number, number] => [
    Math.max(0, offset[i]!),
    Math.max(0, size[i]! - offset[i]! - n),
  ]);
  const padded = room.flat().some((n) => n > 0) ? tf.pad(x, [[0, 0], ...room, [0, 0]], fill) : x;
  const begin = offset.map((n) => Math.max(0, -n));
  if (padded.shape[1] === size[0] && padded.shape[2] === size[1]) return padded as Tensor4D;
  return tf.slice(padded, [0, ...begin, 0], [batch, size[0]!, size[1]!, channels]) as Tensor4D;
}

/** The images with their padding. */
export const padded = (tf: Tf, x: TfTensor, { images, padding }: Windows, fill = 0): Tensor4D =>
  framed(tf, x, padding, [images[1]! + 2 * padding[0]!, images[2]! + 2 * padding[1]!], fill);

/** Zeros between the pixels, and after the last: [B, H, W, C] → [B, H · rows, W · columns, C]. */
export function spread(tf: Tf, x: TfTensor, [rows, columns]: readonly number[]): TfTensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const behind = (y: TfTensor, shape: [number, number, number, number], zeros: number) =>
    tf.pad(tf.reshape(y, shape), [
      [0, 0],
      [0, 0],
      [0, zeros],
      [0, 0],
    ]);
  const wide = columns === 1 ? x : behind(x, [batch * height, width, 1, channels], columns! - 1);
  const high = rows === 1 ? wide : behind(wide, [batch, height, 1, width * columns! * channels], rows! - 1);
  return tf.reshape(high, [batch, height * rows!, width * columns!, channels]);
}

/** Every n-th pixel, the reverse of `spread`: [B, H · rows, W · columns, C] → [B, H, W, C]. */
function thinned(tf: Tf, x: TfTensor, [rows, columns]: readonly number[]): TfTensor {
  const [batch, high, wide, channels] = x.shape as [number, number, number, number];
  const [height, width] = [high / rows!, wide / columns!];
  const first = (y: TfTensor, shape: [number, number, number, number]) =>
    tf.slice(tf.reshape(y, shape), [0, 0, 0, 0], [shape[0], shape[1], 1, shape[3]]);
  const low = rows === 1 ? x : first(x, [batch, height, rows!, wide * channels]);
  const thin = columns === 1 ? low : first(low, [batch * height, width, columns!, channels]);
  return tf.reshape(thin, [batch, height, width, channels]);
}

/** The pixel at each place of the windows, in raster order: [B, H', W', C] from images with their padding. */
export function atPlaces(tf: Tf, images: TfTensor, { grid, kernel, stride }: Windows): TfTensor[] {
  const size = grid.map((n, i) => n * stride[i]!);
  return placesOf(kernel).map(([row, column]) => thinned(tf, framed(tf, images, [-row, -column], size), stride));
}

/** Sums what each place of each window hands back to its pixel: parts [B, H', W', C], one for each place, to [B, H, W, C]. */
export function handedBack(tf: Tf, parts: readonly TfTensor[], { images, kernel, stride, padding }: Windows): TfTensor {
  const size = [images[1]!, images[2]!];
  const moved = placesOf(kernel).map(([row, column], place) =>
    framed(tf, spread(tf, parts[place]!, stride), [row - padding[0]!, column - padding[1]!], size),
  );
  return moved.reduce<TfTensor>((sum, part, place) => (place === 0 ? part : tf.add(sum, part)), moved[0]!);
}

const placesOf = ([rows, columns]: readonly number[]): (readonly [number, number])[] =>
  Array.from({ length: rows! * columns! }, (_, i) => [Math.floor(i / columns!), i % columns!]);
