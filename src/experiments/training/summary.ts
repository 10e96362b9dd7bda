/** Final accuracies of a sweep, and what the value of ReLU'(0) changes in otherwise equal runs. */
import { groupBy, isRangeOf, meanOf, pairedMean } from "../../util";
import type { TrainingConfig } from "./config";
import { ofOptimizer } from "./keys";
import type { SweepRow, TrainingRow } from "./rows";
import { type Cell, cellKey, cells } from "./runs";

/** The runs of one cell; the final epoch counts, not the best one. */
export interface TrainingCell extends Cell {
  /** Runs that were asked for; those that finished and those whose loss was not finite at some point. */
  readonly runs: number;
  readonly finished: number;
  readonly diverged: number;
  /** Mean over the finished runs with the ends of its bootstrap interval of 95 % or, of fewer than 8 runs, of their range; null where there is none; the ends also where there is only one. */
  readonly testAccuracy: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Whether low and high are only the smallest and the largest. */
  readonly isRange: boolean;
  /** Of every run, in their order; null for one that has not finished. */
  readonly accuracies: readonly (number | null)[];
}

/** Accuracy at a value of ReLU'(0) minus that at the first value, run by run: both started from the same network and saw the same data. */
export interface PairedDifference extends Cell {
  /** The first value of the configuration. */
  readonly against: number;
  /** Pairs in which both runs finished. */
  readonly n: number;
  /** Those of them with the same accuracy. */
  readonly equal: number;
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Whether low and high are only the smallest and the largest: with fewer than 8 pairs. */
  readonly isRange: boolean;
  /** Mean over standard deviation of the differences. */
  readonly effectSize: number | null;
}

export interface TrainingSummary {
  readonly cells: readonly TrainingCell[];
  readonly differences: readonly PairedDifference[];
}

export const trainingCells = (config: TrainingConfig): Cell[] =>
  cells(config, (optimizer) => [ofOptimizer(config.learningRates, optimizer)]);

export function summarize(rows: readonly TrainingRow[], config: TrainingConfig): TrainingSummary {
  const finals = finalRows(rows, config.runs);
  const of = (cell: Cell) => finals(cellKey(cell));
  const accuraciesOf = (cell: Cell) => of(cell).map((row) => ifFinished(row, ({ testAccuracy }) => testAccuracy));
  const all = trainingCells(config);
  const [first] = config.values as [number, ...number[]];
  return {
    cells: all.map((cell) => {
      const accuracies = accuraciesOf(cell);
      const { estimate: testAccuracy, low, high, n } = meanOf(accuracies.filter((x) => x !== null));
      const ends = { low, high, isRange: isRangeOf(n) };
      return { ...cell, runs: config.runs, ...outcomes(of(cell)), testAccuracy, ...ends, accuracies };
    }),
    differences: all
      .filter(({ value }) => value !== first)
      .map((cell) => {
        const reference = accuraciesOf({ ...cell, value: first });
        const { estimate: difference, ...pairs } = pairedMean(accuraciesOf(cell), reference);
        return { ...cell, against: first, difference, ...pairs, isRange: isRangeOf(pairs.n) };
      }),
  };
}

/** The last row of each run of a cell, by trial; undefined for a run that is not done. */
export function finalRows<R extends SweepRow>(
  rows: readonly R[],
  trials: number,
): (cell: string) => readonly (R | undefined)[] {
  const groups = groupBy(
    rows.filter(({ outcome }) => outcome !== "running"),
    cellKey,
  );
  return (cell) => {
    const own = groups.get(cell) ?? [];
    return Array.from({ length: trials }, (_, trial) => own.find((row) => row.trial === trial));
  };
}

export const outcomes = (rows: readonly (SweepRow | undefined)[]) => ({
  finished: rows.filter((row) => row?.outcome === "finished").length,
  diverged: rows.filter((row) => row?.outcome === "diverged").length,
});

/** A number of a run's last row; null for a run that did not finish. */
export const ifFinished = <R extends SweepRow>(row: R | undefined, of: (row: R) => number): number | null =>
  row?.outcome === "finished" ? of(row) : null;
