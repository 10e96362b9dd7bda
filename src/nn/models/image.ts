/** Options of networks for images, and their checks. */
import { fail } from "../../util";
import type { Layer } from "../layer";
import { requireWidth } from "../linear";
import type { Mixture } from "../max-pool";

/** Of one image: [height, width, channels]. */
export type ImageShape = readonly [height: number, width: number, channels: number];

export interface ImageNetworkOptions {
  /** Of one image: [height, width, channels]. */
  readonly inputShape: ImageShape;
  readonly classes: number;
  /** Default ReLU. */
  readonly activation?: Layer;
  /** Default: each network's own. */
  readonly batchNorm?: boolean;
  /** Channels of the stages; default: each network's own. Fewer give a small network of the same form. */
  readonly widths?: readonly number[];
  /** How its max-pools compute their value; default: the maximum. */
  readonly maxPoolMixture?: Mixture;
}

/** Throws unless the shape is [height, width, channels], with at least the given number of rows and columns. */
export function requireImageShape(what: string, shape: readonly number[], least = 1): void {
  if (shape.length !== 3) fail(`${what}, inputShape`, "must be [height, width, channels]", shape);
  for (const length of shape) requireWidth(`${what}, inputShape`, length);
  if (shape[0]! < least || shape[1]! < least)
    fail(`${what}, inputShape`, `images must have at least ${least} × ${least} pixels`, shape);
}

/** Throws unless there is a width for each stage. */
export function requireWidths(what: string, widths: readonly number[], count: number): void {
  if (widths.length !== count) fail(`${what}, widths`, `must be ${count} numbers`, widths);
  for (const width of widths) requireWidth(`${what}, width`, width);
}
