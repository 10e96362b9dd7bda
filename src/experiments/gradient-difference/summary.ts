import type { Row } from "../../runs";
import { mean, proportion, quantile } from "../../util";
import { runsIn } from "../common/keys";
import type { GradientDifferenceConfig } from "./config";
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
  /** Initialisations that were looked at, and those that broke off, of which nothing counts. */
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

export function summarize(rows: readonly Row[], config: GradientDifferenceConfig): GradientDifferenceSummary {
  return cells(config).map((cell) => {
    const own = rows.filter((row) => cellKey(row) === cellKey(cell));
    return { ...cell, planned: runsIn(config.runs, cell.precision), ...summarizeCell(own) };
  });
}

function summarizeCell(rows: readonly Row[]): Omit<DifferenceCell, keyof Cell | "planned"> {
  const finished = rows.filter(({ outcome }) => outcome === "finished");
  const total = (column: string) => finished.reduce((sum, row) => sum + (row[column] as number), 0);
  const batches = total("batches") - total("notANumber");
  const [different, differentFirstLayer] = [total("different"), total("differentFirstLayer")];
  const runsDifferent = finished.filter((row) => (row.differentFirstLayer as number) > 0).length;
  return {
    runs: finished.length,
    failed: rows.length - finished.length,
    batches,
    notANumber: total("notANumber"),
    withHit: total("withHit"),
    different,
    differentFirstLayer,
    any: shareOf(different, batches),
    firstLayer: shareOf(differentFirstLayer, batches),
    runsDifferent,
    ofRuns: shareOf(runsDifferent, finished.length),
    relativeL1FirstLayer: quantiles(sizes(finished, "relativeL1FirstLayer")),
    relativeL2FirstLayer: quantiles(sizes(finished, "relativeL2FirstLayer")),
    relativeL1: quantiles(sizes(finished, "relativeL1")),
    relativeL2: quantiles(sizes(finished, "relativeL2")),
  };
}

/** Sizes of the differences that there are, over all rows; a first layer without one is left out. */
const sizes = (rows: readonly Row[], column: string): number[] =>
  rows.flatMap((row) => row[column] as readonly (number | null)[]).filter((size) => size !== null);

function shareOf(k: number, n: number): Share {
  const { estimate, low, high } = proportion(k, n);
  return { share: estimate, low, high };
}

function quantiles(values: readonly number[]): Quantiles | null {
  if (values.length === 0) return null;
  const at = (probability: number) => quantile(values, probability);
  return { min: at(0), q1: at(0.25), median: at(0.5), mean: mean(values), q3: at(0.75), max: at(1) };
}
