/** The trainings of a configuration, and what they cost. */

import type { UniformId } from "../../formats";
import type { Work } from "../common/jobs";
import type { ZerosConfig } from "./config";

/** A perceptron in a precision. */
export interface Cell {
  readonly precision: UniformId;
  readonly width: number;
  readonly depth: number;
}

export interface Job extends Cell {
  /** From 0. Runs with the same number start from the same network in every precision. */
  readonly trial: number;
}

export const cells = ({ precisions, widths, depths }: ZerosConfig): Cell[] =>
  precisions.flatMap((precision) => depths.flatMap((depth) => widths.map((width) => ({ precision, width, depth }))));

export const jobs = (config: ZerosConfig): Job[] =>
  cells(config).flatMap((cell) => Array.from({ length: config.runs }, (_, trial) => ({ ...cell, trial })));

export const cellKey = ({ precision, width, depth }: Cell): string => `${precision}/${width}/${depth}`;
export const jobKey = (of: Job): string => `${cellKey(of)}/${of.trial}`;

/** Multiplications of the forward pass for one image of `features` numbers. */
const multiplications = ({ width, depth }: Cell, features: number, classes: number) =>
  features * width + (depth - 1) * width * width + classes * width;

/** Of the steps on `images` images: the gradients cost twice the forward pass, except for the first layer's input. */
export const work = (cell: Cell, features: number, classes: number, images: number): Work => ({
  flop: 2 * images * (3 * multiplications(cell, features, classes) - features * cell.width),
  overhead: images * (100_000 + 500 * cell.width * cell.depth),
});
