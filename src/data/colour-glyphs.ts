/**
 * Colour glyphs: digits drawn by a procedure in a random colour on a textured background with clutter, 32×32×3, for use when
 * neither CIFAR-10 nor SVHN is at hand. The bytes are the same on every machine and version of Node (pen.ts).
 */
import type { Stream } from "../util";
import { type Drawing, type DrawnOptions, draw, drawnSource } from "./drawn";
import { Pen } from "./pen";
import { OUTLINES } from "./strokes";
import type { Dataset } from "./types";

const SIZE = 32;
const PIXELS = SIZE * SIZE;
/** Pixels between the knots of the texture, which is linear between them. */
const CELL = 8;
const KNOTS = SIZE / CELL + 1;
/** Least distance between the colours of glyph and background; black and white are √3 apart. */
const CONTRAST = 0.55;

type Colour = readonly [red: number, green: number, blue: number];

const pen = new Pen({ size: SIZE, extent: [15, 23], play: 1.6 });
const coverage = new Uint8Array(PIXELS);
/** [32, 32, 3], in [0, 1], not yet rounded to bytes. */
const canvas = new Float64Array(3 * PIXELS);
/** [5, 5, 3] */
const knots = new Float64Array(KNOTS * KNOTS * 3);
/** [5, 3]: the knots' values at a row of pixels. */
const row = new Float64Array(KNOTS * 3);

const DRAWING: Drawing = {
  name: "colour-glyphs",
  summary: "digits drawn by a procedure in colour on texture and clutter, 32×32, 50,000 + 10,000; needs no file",
  title: "colour glyphs (digits drawn by a procedure, neither CIFAR-10 nor SVHN)",
  counts: { train: 50_000, test: 10_000 },
  shape: [SIZE, SIZE, 3],
  classes: OUTLINES.length,
  draw: drawImage,
};

export type ColourGlyphOptions = DrawnOptions;

/**
 * Digits in colour, drawn by a procedure: `count` images of 32×32×3 with their labels, each class equally often in every
 * hundred, in random order. Image `i` is the same whatever `count` is; at most 50,000 (train) or 10,000 (test).
 *
 * @throws NonsmoothError for an unknown split, or a count out of range
 * @example
 * ```ts
 * import { colourGlyphs } from "nonsmooth";
 *
 * const { images, shape, classes } = colourGlyphs({ split: "train", count: 100, seed: 1 });
 * console.log(images.length, shape, classes); // 307200 [ 32, 32, 3 ] 10
 * ```
 */
export function colourGlyphs(options: ColourGlyphOptions): Dataset {
  return draw(DRAWING, options);
}

/** The colour glyphs of seed 0, as a source. */
export const colourGlyphSource = drawnSource(DRAWING);

function drawImage(digit: number, random: Stream, image: Uint8Array): void {
  const ground = colour(random);
  texture(ground, random);
  for (let bars = 2 + random.integer(3); bars > 0; bars--) bar(random);
  let ink = colour(random);
  while (distance(ink, ground) < CONTRAST) ink = colour(random);
  coverage.fill(0);
  pen.draw(digit, random, coverage);
  const opacity = random.uniformIn(0.7, 1) / 255;
  for (let p = 0; p < PIXELS; p++) if (coverage[p]! > 0) blend(p, ink, opacity * coverage[p]!);
  develop(random, image);
}

const colour = (random: Stream): Colour => [random.uniform(), random.uniform(), random.uniform()];

const distance = (a: Colour, b: Colour): number =>
  Math.sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));

/** Fills the canvas with a colour that varies over the image: random at knots, bilinear between them. */
function texture(ground: Colour, random: Stream): void {
  const roughness = random.uniformIn(0.1, 0.5);
  for (let k = 0; k < knots.length; k++) knots[k] = ground[k % 3]! + roughness * (random.uniform() - 0.5);
  for (let y = 0; y < SIZE; y++) {
    const v = (y % CELL) / CELL;
    const above = row.length * Math.floor(y / CELL);
    for (let k = 0; k < row.length; k++) {
      row[k] = knots[above + k]! + v * (knots[above + row.length + k]! - knots[above + k]!);
    }
    for (let x = 0, at = 3 * SIZE * y; x < SIZE; x++) {
      const u = (x % CELL) / CELL;
      const k = 3 * Math.floor(x / CELL);
      for (let c = k; c < k + 3; c++) canvas[at++] = row[c]! + u * (row[c + 3]! - row[c]!);
    }
  }
}

/** Clutter: a straight bar with a soft edge, from a dot to a line across the image, in its own colour. */
function bar(random: Stream): void {
  const tint = colour(random);
  const radius = random.uniformIn(0.8, 3);
  const reach = radius + 1;
  const opacity = random.uniformIn(0.3, 0.9);
  const [x0, y0] = [random.uniformIn(0, SIZE), random.uniformIn(0, SIZE)];
  const [dx, dy] = [random.uniformIn(-12, 12), random.uniformIn(-12, 12)];
  const inverse = 1 / (dx * dx + dy * dy + 1e-12);
  const left = Math.max(0, Math.floor(Math.min(x0, x0 + dx) - reach));
  const right = Math.min(SIZE - 1, Math.ceil(Math.max(x0, x0 + dx) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y0 + dy) - reach));
  const bottom = Math.min(SIZE - 1, Math.ceil(Math.max(y0, y0 + dy) + reach));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [bx, by] = [x + 0.5 - x0, y + 0.5 - y0];
      const t = Math.max(0, Math.min(1, (bx * dx + by * dy) * inverse));
      const [ex, ey] = [bx - t * dx, by - t * dy];
      const d = ex * ex + ey * ey;
      if (d < reach * reach) blend(y * SIZE + x, tint, opacity * Math.min(1, reach - Math.sqrt(d)));
    }
  }
}

/** Mixes a colour into a pixel. */
function blend(pixel: number, tint: Colour, share: number): void {
  const at = 3 * pixel;
  canvas[at] = canvas[at]! + share * (tint[0] - canvas[at]!);
  canvas[at + 1] = canvas[at + 1]! + share * (tint[1] - canvas[at + 1]!);
  canvas[at + 2] = canvas[at + 2]! + share * (tint[2] - canvas[at + 2]!);
}

/** The canvas as bytes, with grain that is equal in the three channels: four pixels to a random word. */
function develop(random: Stream, image: Uint8Array): void {
  const grain = random.uniformIn(0.02, 0.2);
  let word = 0;
  for (let p = 0; p < PIXELS; p++) {
    word = p % 4 === 0 ? random.uint32() : word >>> 8;
    const noise = grain * ((word & 255) / 255 - 0.5);
    for (let i = 3 * p; i < 3 * p + 3; i++) {
      const value = canvas[i]! + noise;
      image[i] = value <= 0 ? 0 : value >= 1 ? 255 : 255 * value;
    }
  }
}
