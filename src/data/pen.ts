/**
 * The pen that draws digits: it follows one of the outlines in strokes.ts, deformed at random; the image is the distance
 * to its path. Only + − × ÷ and √ are used, which IEEE 754 rounds correctly, so the bytes are the same on every machine
 * and version of Node (sines and logarithms are not).
 */
import type { Stream } from "../util";
import { OUTLINES, type Outline } from "./strokes";

/** Size and position of digits in their image. */
export interface PenOptions {
  /** Pixels in a row and in a column. */
  readonly size: number;
  /** The longer side of a digit: uniform between the two. */
  readonly extent: readonly [least: number, most: number];
  /** Standard deviation of the digit's centre around the image's centre, in each direction. */
  readonly play: number;
}

/** Straight pieces to a span of the spline. */
const PIECES = 4;
/** Catmull-Rom weights of the four points at t = 0, 1/PIECES … 1: (−t + 2t² − t³)/2, (2 − 5t² + 3t³)/2, … */
const WEIGHTS = Array.from({ length: PIECES + 1 }, (_, k) => k / PIECES).map((t) => [
  (-t + 2 * t * t - t * t * t) / 2,
  (2 - 5 * t * t + 3 * t * t * t) / 2,
  (t + 4 * t * t - 3 * t * t * t) / 2,
  (-t * t + t * t * t) / 2,
]);

/** Draws digits; holds the scratch space. All lengths are in pixels. */
export class Pen {
  private readonly points = new Float64Array(longest((outline) => outline.points));
  /** [x0, y0, x1, y1] of each straight piece. */
  private readonly pieces = new Float64Array(longest((outline) => outline.spans) * PIECES);
  /** [size × size]: squared distance to the path. */
  private readonly distance: Float64Array;

  constructor(private readonly options: PenOptions) {
    this.distance = new Float64Array(options.size * options.size);
  }

  /** Draws a digit into [size × size] bytes, which are initially 0: 255 is full ink. */
  draw(digit: number, random: Stream, image: Uint8Array): void {
    const variants = OUTLINES[digit]!;
    const u = random.uniform();
    const { points, spans } = variants[Math.floor(u * u * variants.length)]!; // the first is the most common
    this.deform(points, random);
    const pieces = this.flatten(spans);
    this.place(pieces, random);
    this.ink(pieces, random, image);
  }

  /** Points of the outline, shaken, bent, stretched, slanted and rotated. */
  private deform(outline: Float64Array, random: Stream): void {
    const width = random.uniformIn(0.5, 0.95);
    const bend = 0.08 * bell(random);
    const swing = 0.1 * bell(random);
    const lift = 0.09 * bell(random);
    const slant = 0.16 + 0.2 * bell(random);
    // a rotation by 2·atan(t): ((1 − t²), 2t)/(1 + t²) is (cos, sin)
    const t = 0.07 * bell(random);
    const cos = (1 - t * t) / (1 + t * t);
    const sin = (2 * t) / (1 + t * t);
    for (let i = 0; i < outline.length; i += 2) {
      const x = width * (outline[i]! + 0.09 * bell(random));
      const y = outline[i + 1]! + 0.09 * bell(random);
      const u = x + bend * y * y + swing * (y * y * y - y) - slant * y;
      const v = y + lift * x;
      this.points[i] = cos * u - sin * v;
      this.points[i + 1] = sin * u + cos * v;
    }
  }

  /** Turns the spline into straight pieces; returns how many. */
  private flatten(spans: Outline["spans"]): number {
    const { points, pieces } = this;
    let at = 0;
    for (let s = 0; s < spans.length; s += 4) {
      for (let k = 0; k <= PIECES; k++) {
        const weights = WEIGHTS[k]!;
        let x = 0;
        let y = 0;
        for (let j = 0; j < 4; j++) {
          const p = 2 * spans[s + j]!;
          x += weights[j]! * points[p]!;
          y += weights[j]! * points[p + 1]!;
        }
        if (k > 0) {
          pieces[at + 2] = x;
          pieces[at + 3] = y;
          at += 4;
        }
        if (k < PIECES) {
          pieces[at] = x;
          pieces[at + 1] = y;
        }
      }
    }
    return at / 4;
  }

  /** Scaled to the extent including the width of the stroke, and centred by mass like MNIST, with some variation. */
  private place(count: number, random: Stream): void {
    const { pieces } = this;
    const { size, extent, play } = this.options;
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    let [mass, mx, my] = [0, 0, 0];
    for (let i = 0; i < 4 * count; i += 4) {
      const [x0, y0, x1, y1] = [pieces[i]!, pieces[i + 1]!, pieces[i + 2]!, pieces[i + 3]!];
      left = Math.min(left, x0, x1);
      right = Math.max(right, x0, x1);
      top = Math.min(top, y0, y1);
      bottom = Math.max(bottom, y0, y1);
      const length = Math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0));
      mass += length;
      mx += (length * (x0 + x1)) / 2;
      my += (length * (y0 + y1)) / 2;
    }
    const scale = random.uniformIn(...extent) / Math.max(right - left, bottom - top);
    const dx = size / 2 - (scale * mx) / mass + play * bell(random);
    const dy = size / 2 - (scale * my) / mass + play * bell(random);
    for (let i = 0; i < 4 * count; i += 2) {
      pieces[i] = scale * pieces[i]! + dx;
      pieces[i + 1] = scale * pieces[i + 1]! + dy;
    }
  }

  /** Ink where the path is near: full within the stroke, falling to 0 over its soft edge; then noise. */
  private ink(count: number, random: Stream, image: Uint8Array): void {
    const { distance } = this;
    const { size } = this.options;
    const thickness = random.uniform();
    const radius = 0.5 + 0.95 * thickness * thickness;
    const edge = random.uniformIn(1.05, 1.4);
    const reach = radius + edge;
    const strength = random.uniformIn(0.92, 1.12);
    distance.fill(reach * reach);
    for (let i = 0; i < count; i++) this.approach(4 * i, reach);
    for (let p = 0; p < distance.length; p++) {
      if (distance[p]! >= reach * reach) continue;
      const cover = strength * Math.min(1, (reach - Math.sqrt(distance[p]!)) / edge);
      image[p] = 255 * Math.min(1, cover * (1 - 0.12 * random.uniform()));
    }
    for (let specks = random.integer(4); specks > 0; specks--) {
      const p = size * (4 + random.integer(size - 8)) + 4 + random.integer(size - 8);
      image[p] = Math.max(image[p]!, 1 + random.integer(40));
    }
  }

  /** Lowers the squared distances of the pixels within `reach` of one straight piece. */
  private approach(at: number, reach: number): void {
    const { pieces, distance } = this;
    const { size } = this.options;
    const [x0, y0, x1, y1] = [pieces[at]!, pieces[at + 1]!, pieces[at + 2]!, pieces[at + 3]!];
    const [ax, ay] = [x1 - x0, y1 - y0];
    const inverse = 1 / (ax * ax + ay * ay + 1e-12);
    // the centre of pixel k is at k + 1/2
    const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach - 0.5));
    const right = Math.min(size - 1, Math.floor(Math.max(x0, x1) + reach - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach - 0.5));
    const bottom = Math.min(size - 1, Math.floor(Math.max(y0, y1) + reach - 0.5));
    for (let j = top; j <= bottom; j++) {
      const by = j + 0.5 - y0;
      for (let i = left; i <= right; i++) {
        const bx = i + 0.5 - x0;
        const t = Math.max(0, Math.min(1, (ax * bx + ay * by) * inverse));
        const [ex, ey] = [bx - t * ax, by - t * ay];
        const d = ex * ex + ey * ey;
        if (d < distance[j * size + i]!) distance[j * size + i] = d;
      }
    }
  }
}

/** Room for the longest outline. */
function longest(part: (outline: Outline) => ArrayLike<number>): number {
  return Math.max(...OUTLINES.flat().map((outline) => part(outline).length));
}

/** A sum of three uniform numbers with mean 0 and variance 1: nearly normal, never beyond ±3. */
function bell(random: Stream): number {
  return 2 * (random.uniform() + random.uniform() + random.uniform() - 1.5);
}
