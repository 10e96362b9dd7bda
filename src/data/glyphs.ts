/**
 * Glyphs: digits drawn by a procedure, 28×28 grey, in MNIST's size, layout and statistics, for use when MNIST is not at
 * hand. The bytes are the same on every machine and version of Node (pen.ts).
 */
import { type Drawing, type DrawnOptions, draw, drawnSource } from "./drawn";
import { Pen } from "./pen";
import { OUTLINES } from "./strokes";
import type { Dataset } from "./types";

const SIZE = 28;
const pen = new Pen({ size: SIZE, extent: [16, 18.5], play: 0.8 });

const DRAWING: Drawing = {
  name: "glyphs",
  summary: "digits drawn by a procedure, 28×28 grey, 60,000 + 10,000; needs no file",
  title: "glyphs (digits drawn by a procedure, not MNIST)",
  counts: { train: 60_000, test: 10_000 },
  shape: [SIZE, SIZE, 1],
  classes: OUTLINES.length,
  draw: (digit, random, image) => pen.draw(digit, random, image),
};

export type GlyphOptions = DrawnOptions;

/**
 * Digits drawn by a procedure: `count` images of 28×28×1 with their labels, each class equally often in every hundred,
 * in random order. Image `i` is the same whatever `count` is; at most 60,000 (train) or 10,000 (test).
 *
 * @throws NonsmoothError for an unknown split, or a count out of range
 * @example
 * ```ts
 * import { glyphs } from "nonsmooth";
 *
 * const { images, labels, shape } = glyphs({ split: "train", count: 10 });
 * console.log(shape.join("×"), labels.join(" ")); // 28×28×1 6 2 7 5 8 1 3 7 1 7
 * const [height, width] = shape;
 * for (let y = 4; y < height; y += 3) {
 *   const row = images.subarray(y * width, (y + 1) * width); // of the first image
 *   console.log([...row].map((byte) => (byte > 127 ? "#" : ".")).join(""));
 * }
 * ```
 */
export function glyphs(options: GlyphOptions): Dataset {
  return draw(DRAWING, options);
}

/** The glyphs of seed 0, as a source. */
export const glyphSource = drawnSource(DRAWING);
