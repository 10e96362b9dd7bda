/** The trainings of a sweep: what each of them is, what it is called, and which rows are its own. */
import type { ChainRule } from "../../autodiff";
import { isMixedId, type PrecisionId, precisionOf } from "../../formats";
import type { OptimizerName } from "../../optim";
import type { TrainingPrecision } from "../../train";
import { groupBy } from "../../util";
import type { Share } from "../types";
import type { SharedConfig } from "./keys";

/** What differs between the trainings of a sweep, apart from the start. */
export interface Cell {
  readonly batchNorm: boolean;
  readonly dropout: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly precision: PrecisionId;
  /** ReLU'(0) */
  readonly value: number;
  readonly chainRule: ChainRule;
}

export interface Run extends Cell {
  /** From 0. Runs with the same number start from the same network and see the same mini-batches. */
  readonly trial: number;
}

/** Every combination of the lists, each with all of its learning rates. */
export function cells(config: SharedConfig, ratesOf: (optimizer: OptimizerName) => readonly number[]): Cell[] {
  const lists: { readonly [K in keyof Omit<Cell, "learningRate">]: readonly Cell[K][] } = {
    batchNorm: config.batchNorm,
    dropout: config.dropout,
    optimizer: config.optimizers,
    precision: config.precisions,
    value: config.values,
    chainRule: config.chainRules,
  };
  const combinations = Object.entries(lists).reduce<Partial<Cell>[]>(
    (some, [key, list]) => some.flatMap((cell) => list.map((item) => ({ ...cell, [key]: item }))),
    [{}],
  ) as Omit<Cell, "learningRate">[];
  return combinations.flatMap((cell) => ratesOf(cell.optimizer).map((learningRate) => ({ ...cell, learningRate })));
}

/** The runs of cells, trial by trial, so that an interrupted sweep has its first trials in every cell. */
export const runsOf = (all: readonly Cell[], trials: number): Run[] =>
  Array.from({ length: trials }, (_, trial) => all.map((cell) => ({ ...cell, trial }))).flat();

/** The same for all trials of a cell: "false_0_sgd_0.01_32_1_multiply". */
export const cellKey = (of: Cell): string =>
  [of.batchNorm, of.dropout, of.optimizer, of.learningRate, of.precision, of.value, of.chainRule].join("_");

/** A run's name in files. */
export const runKey = (of: Run): string => `${cellKey(of)}_${of.trial}`;

/** Whether a run is one of those that are done here. */
export const isIn = (share: Share | undefined, run: Run): boolean => share === undefined || share.has(runKey(run));

/** The rows that are no epoch of these runs. */
export function strayIn<R extends Run & { readonly epoch: number }>(
  rows: readonly R[],
  runs: readonly Run[],
  epochs: number,
): readonly R[] {
  const keys = new Set(runs.map(runKey));
  return rows.filter((row) => !keys.has(runKey(row)) || row.epoch > epochs);
}

/** The rows of each run, by its key. */
export const groupRows = <R extends Run>(rows: readonly R[]): Map<string, R[]> => groupBy(rows, runKey);

export const trainingPrecision = (precision: PrecisionId): TrainingPrecision =>
  isMixedId(precision) ? precision : precisionOf(precision).format;

/** Names for people: "vgg11 + BN, sgd, 32 bits, ReLU'(0) = 1"; with the learning rate if an optimizer has several. */
export function labelsOf(network: string, all: readonly Cell[]): (cell: Cell) => string {
  const optimizers = new Set(all.map(({ optimizer }) => optimizer));
  const rates = new Set(all.map(({ optimizer, learningRate }) => `${optimizer} ${learningRate}`));
  const withRate = rates.size > optimizers.size;
  return ({ batchNorm, dropout, optimizer, learningRate, precision, value, chainRule }) =>
    [
      `${network}${batchNorm ? " + BN" : ""}`,
      ...(dropout > 0 ? [`dropout ${dropout}`] : []),
      withRate ? `${optimizer} ${learningRate}` : optimizer,
      precisionOf(precision).label,
      `ReLU'(0) = ${value}`,
      ...(chainRule === "multiply" ? [] : [chainRule]),
    ].join(", ");
}
