/** The trainings of a configuration, and where their rows stand. */

import { precisionOf, type UniformId } from "../../formats";
import type { Row } from "../../runs";
import { byColumns } from "../common/jobs";
import type { ZerosConfig } from "./config";

/** A perceptron in a precision. */
export interface Cell {
  readonly precision: UniformId;
  readonly width: number;
  readonly depth: number;
}

export interface Job extends Cell {
  /** From 0. Runs of the same number begin with the same network in every precision. */
  readonly trial: number;
}

export const cells = ({ precisions, widths, depths }: ZerosConfig): Cell[] =>
  precisions.flatMap((precision) => depths.flatMap((depth) => widths.map((width) => ({ precision, width, depth }))));

export const jobs = (config: ZerosConfig): Job[] =>
  cells(config).flatMap((cell) => Array.from({ length: config.runs }, (_, trial) => ({ ...cell, trial })));

const CELL = ["precision", "width", "depth"] as const;
const ROW = [...CELL, "trial", "epoch", "layer"] as const;

export const cellKey = (of: Cell | Row): string => CELL.map((column) => of[column]).join("/");
export const jobKey = (of: Job | Row): string => `${cellKey(of)}/${of.trial}`;
export const rowKey = (row: Row): string => ROW.map((column) => row[column]).join("/");

/** Canonical order: numbers by size, column by column. */
export const compareRows = byColumns(...ROW);

/** The runs that are over: their last row is there, the one of the last layer, or of a failure. */
export const finished = (rows: readonly Row[]): Set<string> =>
  new Set(
    rows.filter(({ outcome, layer, depth }) => outcome !== "running" && (layer === depth || layer === 0)).map(jobKey),
  );

/** Multiplications of the forward pass for one image of so many numbers. */
const multiplications = ({ width, depth }: Cell, features: number, classes: number) =>
  features * width + (depth - 1) * width * width + classes * width;

/** Floating-point operations of an epoch's steps: the gradients take twice the forward pass, but for the first layer's input. */
export const flop = (cell: Cell, features: number, classes: number, images: number): number =>
  2 * images * (3 * multiplications(cell, features, classes) - features * cell.width);

/** Relative cost of an epoch; what is not a product of matrices costs as much as some of them. */
export const cost = (cell: Cell, images: number): number =>
  precisionOf(cell.precision).price *
  (flop(cell, 784, 10, images) + images * (100_000 + 500 * cell.width * cell.depth));
