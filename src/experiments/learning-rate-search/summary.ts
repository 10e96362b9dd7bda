import { isRangeOf, meanOf } from "../../util";
import { type Cell, cellKey, cells } from "../training/runs";
import { finalRows, ifFinished, outcomes } from "../training/summary";
import type { LearningRateConfig } from "./config";
import type { LearningRateRow } from "./rows";

/** One learning rate in one cell. */
export interface RateSummary extends Cell {
  /** Runs that were asked for; those that finished and those whose loss was not finite at some point. */
  readonly runs: number;
  readonly finished: number;
  readonly diverged: number;
  /** Mean at the final epoch with a 95 % bootstrap interval or, of fewer than 8 runs, their range; a run that diverged counts as 0. null where no run is done. */
  readonly validationAccuracy: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Whether low and high are only the smallest and the largest. */
  readonly isRange: boolean;
  /** Of every run, in their order; null for one that has not finished. */
  readonly accuracies: readonly (number | null)[];
}

/** The best rate of a cell: that with the highest mean, among equals the smallest; null where every run diverged. */
export interface BestRate extends Omit<Cell, "learningRate"> {
  readonly learningRate: number | null;
  readonly validationAccuracy: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly isRange: boolean;
  /** Over all rates. */
  readonly runs: number;
  readonly diverged: number;
}

export interface LearningRateSummary {
  readonly best: readonly BestRate[];
  readonly rates: readonly RateSummary[];
}

export const searchCells = (config: LearningRateConfig): Cell[] =>
  cells(config, () => [...config.learningRates].sort((a, b) => a - b));

export function summarize(rows: readonly LearningRateRow[], config: LearningRateConfig): LearningRateSummary {
  const finals = finalRows(rows, config.runs);
  const rates = searchCells(config).map((cell) => summarizeRate(cell, finals(cellKey(cell)), config.runs));
  // the rates of a cell are together
  const size = config.learningRates.length;
  const groups = Array.from({ length: rates.length / size }, (_, i) => rates.slice(i * size, (i + 1) * size));
  return { best: groups.map(bestOf), rates };
}

function summarizeRate(cell: Cell, rows: readonly (LearningRateRow | undefined)[], runs: number): RateSummary {
  const accuracies = rows.map((row) => ifFinished(row, ({ validationAccuracy }) => validationAccuracy));
  const counted = accuracies.flatMap((accuracy, i) => (rows[i] ? [accuracy ?? 0] : []));
  const { estimate: validationAccuracy, low, high, n } = meanOf(counted);
  return { ...cell, runs, ...outcomes(rows), validationAccuracy, low, high, isRange: isRangeOf(n), accuracies };
}

function bestOf(group: readonly RateSummary[]): BestRate {
  const { learningRate: _, runs, finished, accuracies, ...cell } = group[0]!;
  const [best] = group
    .filter((rate) => rate.finished > 0)
    .sort((a, b) => b.validationAccuracy! - a.validationAccuracy!);
  return {
    ...cell,
    learningRate: best?.learningRate ?? null,
    validationAccuracy: best?.validationAccuracy ?? null,
    low: best?.low ?? null,
    high: best?.high ?? null,
    isRange: best?.isRange ?? false,
    runs: group.reduce((sum, rate) => sum + rate.runs, 0),
    diverged: group.reduce((sum, rate) => sum + rate.diverged, 0),
  };
}
