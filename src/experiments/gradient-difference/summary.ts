import type { Answered } from "../../runs";
import { mean, proportion, quantile } from "../../util";
import { runsIn } from "../common/keys";
import type { GradientDifferenceConfig } from "./config";
import type { GradientDifferenceRow } from "./rows";
import { type Cell, cellKey, cells } from "./runs";

/** As R's `summary` gives them, which the published script prints. */
export interface Quantiles {
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly mean: number;
  readonly q3: number;
  readonly max: number;
}

/** A share with Wilson's 95 % interval; null where there is nothing to count. */
export interface Share {
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** A precision under a chain rule. */
export interface DifferenceCell extends Cell {
  readonly planned: number;
  /** Initialisations that were looked at, and those that broke off, which do not count. */
  readonly runs: number;
  readonly failed: number;
  /** Mini-batches whose gradients could be compared, of all runs; those with a NaN are counted apart. */
  readonly batches: number;
  readonly notANumber: number;
  /** Mini-batches with an exact zero. */
  readonly withHit: number;
  /** Mini-batches whose gradients differ, in any parameter and in the first layer's weights (the published criterion). */
  readonly different: number;
  readonly differentFirstLayer: number;
  /** Of the mini-batches; the interval takes them as independent, though those of one run share its network. */
  readonly any: Share;
  readonly firstLayer: Share;
  /** Runs with a mini-batch whose first-layer gradients differ. */
  readonly runsDifferent: number;
  readonly ofRuns: Share;
  /** Relative size of the first layer's difference on the mini-batches that have one; null where none has. */
  readonly relativeL1FirstLayer: Quantiles | null;
  readonly relativeL2FirstLayer: Quantiles | null;
  /** Of all parameters' difference. */
  readonly relativeL1: Quantiles | null;
  readonly relativeL2: Quantiles | null;
}

export type GradientDifferenceSummary = readonly DifferenceCell[];

export function summarize(
  rows: readonly GradientDifferenceRow[],
  config: GradientDifferenceConfig,
): GradientDifferenceSummary {
  return cells(config).map((cell) => {
    const own = rows.filter((row) => cellKey(row) === cellKey(cell));
    return { ...cell, planned: runsIn(config.runs, cell.precision), ...summarizeCell(own) };
  });
}

type Finished = Answered<GradientDifferenceRow>;

function summarizeCell(rows: readonly GradientDifferenceRow[]): Omit<DifferenceCell, keyof Cell | "planned"> {
  const finished = rows.filter((row) => row.outcome === "finished");
  const total = (of: (row: Finished) => number) => finished.reduce((sum, row) => sum + of(row), 0);
  const notANumber = total((row) => row.notANumber);
  const batches = total((row) => row.batches) - notANumber;
  const [different, differentFirstLayer] = [total((row) => row.different), total((row) => row.differentFirstLayer)];
  const runsDifferent = finished.filter((row) => row.differentFirstLayer > 0).length;
  // a first layer without a difference has no size
  const sizes = (of: (row: Finished) => readonly (number | null)[]) =>
    quantiles(finished.flatMap(of).filter((size) => size !== null));
  return {
    runs: finished.length,
    failed: rows.length - finished.length,
    batches,
    notANumber,
    withHit: total((row) => row.withHit),
    different,
    differentFirstLayer,
    any: shareOf(different, batches),
    firstLayer: shareOf(differentFirstLayer, batches),
    runsDifferent,
    ofRuns: shareOf(runsDifferent, finished.length),
    relativeL1FirstLayer: sizes((row) => row.relativeL1FirstLayer),
    relativeL2FirstLayer: sizes((row) => row.relativeL2FirstLayer),
    relativeL1: sizes((row) => row.relativeL1),
    relativeL2: sizes((row) => row.relativeL2),
  };
}

function shareOf(k: number, n: number): Share {
  const { estimate, low, high } = proportion(k, n);
  return { share: estimate, low, high };
}

function quantiles(values: readonly number[]): Quantiles | null {
  if (values.length === 0) return null;
  const at = (probability: number) => quantile(values, probability);
  return { min: at(0), q1: at(0.25), median: at(0.5), mean: mean(values), q3: at(0.75), max: at(1) };
}
