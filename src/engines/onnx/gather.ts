/** Rows of images by tables of indices: the building blocks of convolutions and pooling. */
import type { Carrier, ModelBuilder } from "./model";

type Images = readonly [batch: number, rows: number, channels: number];

/** Rows of x [B, N, C] by a table of indices, −1 for a row of `fill` (default zeros): [B, …table, C]. */
export function gatherRows(
  model: ModelBuilder,
  x: string,
  [batch, n, channels]: Images,
  table: readonly Int32Array[],
  carrier: Carrier,
  fill = 0,
): string {
  const [outer, inner] = [table.length, table[0]!.length];
  const padded = table.some((row) => row.includes(-1));
  const source = padded ? model.node("Concat", [x, model.filled(carrier, fill, [batch, 1, channels])], { axis: 1 }) : x;
  const indices = Int32Array.from(table.flatMap((row) => Array.from(row, (i) => (i < 0 ? n : i))));
  return model.node("Gather", [source, model.data("i32", inner === 1 ? [outer] : [outer, inner], indices)], {
    axis: 1,
  });
}

/** Some of the pixels of images, as [B, pixels, C]. */
export interface Part {
  readonly rows: string;
  /** Where each row belongs, in the raster of all pixels. */
  readonly pixels: readonly number[];
}

/** Images [B, size, C] from parts that have each pixel at most once; a pixel in no part is 0. */
export function inRaster(
  model: ModelBuilder,
  parts: readonly Part[],
  [batch, size, channels]: Images,
  carrier: Carrier,
): string {
  const order = Array.from({ length: size }, () => Int32Array.of(-1));
  for (const [row, pixel] of parts.flatMap(({ pixels }) => pixels).entries()) order[pixel]![0] = row;
  const all =
    parts.length === 1
      ? parts[0]!.rows
      : model.node(
          "Concat",
          parts.map(({ rows }) => rows),
          { axis: 1 },
        );
  if (order.every(([row], pixel) => row === pixel)) return all;
  const done = parts.reduce((sum, { pixels }) => sum + pixels.length, 0);
  return gatherRows(model, all, [batch, done, channels], order, carrier);
}
