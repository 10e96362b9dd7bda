/** Whether a perceptron's gradient depends on ReLU'(0): initialisations, one by one and together. */

import type { BifurcationRow, BifurcationSummary } from "../experiments";
import type { UniformId } from "../formats";
import type { Cell, Row } from "../runs";
import { intervalWords, meanOf, proportion } from "../util";
import { groupsOf, medianOf, numbersOf, pick, sortedGroups } from "./groups";

/** An initialisation that was shown a pass over the data. */
export interface BifurcationRunRow {
  readonly precision: UniformId;
  readonly width: number;
  readonly depth: number;
  readonly batchSize: number;
  readonly trial: number;
  readonly outcome: string;
  /** From 0: the mini-batch of the first exact zero. */
  readonly firstHit: number | null;
  /** Seen until the first layer's gradient differed, those of that mini-batch included. */
  readonly images: number | null;
  readonly hits: number | null;
  readonly relativeL2: number | null;
}

/**
 * A row for each run of `bifurcationFrequency`; null for what did not happen.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, bifurcationRunsTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: ["e5m2"], widths: [64], sampleSizes: [1024], runs: 2 };
 * const { rows } = await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * console.log(bifurcationRunsTable(rows)[0]);
 * ```
 */
export function bifurcationRunsTable(rows: readonly BifurcationRow[]): BifurcationRunRow[] {
  return rows.map((row) => ({
    ...pick(row, ["precision", "width", "depth", "batchSize", "trial", "outcome", "firstHit"]),
    images: imagesOf(row),
    ...pick(row, ["hits", "relativeL2"]),
  }));
}

const imagesOf = ({ firstBifurcationFirstLayer: at, batchSize }: BifurcationRow): number | null =>
  at === null ? null : (at + 1) * batchSize;

/** How soon a difference came in the runs that have one, and how large it was. */
export interface FirstDifferenceRow {
  readonly precision: UniformId;
  readonly width: number;
  readonly depth: number;
  readonly runs: number;
  readonly "median images to the first difference": number | null;
  readonly "median relative L2 of the difference": number | null;
}

/**
 * A row for each precision, width and depth that has runs with a difference.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, firstDifferencesTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: ["e5m2"], widths: [64], sampleSizes: [1024], runs: 3 };
 * const { rows } = await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * console.log(firstDifferencesTable(rows));
 * ```
 */
export function firstDifferencesTable(rows: readonly BifurcationRow[]): FirstDifferenceRow[] {
  const different = rows.filter((row) => row.outcome === "different");
  const seen = different.map((row) => ({ ...row, images: imagesOf(row) }));
  const by = ["precision", "width", "depth"] as const;
  return sortedGroups(seen, by).map((group) => ({
    ...pick(group[0]!, by),
    runs: group.length,
    "median images to the first difference": medianOf(group, "images"),
    "median relative L2 of the difference": medianOf(group, "relativeL2"),
  }));
}

/** What one way to compare gradients finds in one precision. */
export interface ComparedRunsRow {
  readonly arm: string;
  readonly bits: UniformId;
  readonly runs: number;
  readonly "with a zero": number;
  readonly "first layer": number;
  readonly "any parameter": number;
  readonly "median relative L2": number | null;
}

/**
 * A row for each cell of the summaries; they go by the name of what was compared.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, comparedRunsTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: ["e5m2"], widths: [64], sampleSizes: [1024], runs: 4 };
 * const run = (pair: [number, number]) =>
 *   runExperiment(bifurcationFrequency, { preset: "smoke", set: { ...set, pair }, runs, workers: 0 });
 * const [control, usual] = [await run([0, 0]), await run([0, 1])];
 * for (const row of comparedRunsTable({ "0 and 0": control.summary, "0 and 1": usual.summary }))
 *   console.log(row.arm, row["any parameter"]);
 * ```
 */
export function comparedRunsTable(arms: Readonly<Record<string, BifurcationSummary>>): ComparedRunsRow[] {
  return Object.entries(arms).flatMap(([arm, summary]) =>
    summary.map((cell) => ({
      arm,
      bits: cell.precision,
      runs: cell.runs,
      "with a zero": cell.withHit,
      "first layer": cell.differentFirstLayer,
      "any parameter": cell.different,
      "median relative L2": cell.medianRelativeL2,
    })),
  );
}

/** Trials of one kind together: in how many the gradient differed, and by how much. */
export interface SeedsRow {
  readonly trials: number;
  /** They are not part of the share. */
  readonly "failed or NaN": number;
  readonly share: number | null;
  readonly shareLow: number | null;
  readonly shareHigh: number | null;
  /** Trials with a size, over which the mean is taken. */
  readonly n: number;
  readonly size: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** What low and high are: "range of 5 trials"; of 8 and more a 95 % interval. */
  readonly interval: string;
}

/**
 * A row for each kind of trial: the share of those with a difference, with Wilson's 95 % interval, and the mean of their sizes with a
 * 95 % bootstrap interval or, of fewer than 8, their range; null where nothing is known, and no ends for a single size.
 * @param trials rows of `bifurcationFrequency`, or of a query of them
 * @param by the columns that tell kinds apart; rows are in the order in which kinds first appear
 * @param size the column of the difference's size
 * @example
 * ```ts
 * import { seedsTable } from "nonsmooth";
 *
 * const trials = [
 *   { bits: 16, outcome: "different", relativeL2: 0.001 },
 *   { bits: 16, outcome: "same", relativeL2: null },
 *   { bits: 32, outcome: "same", relativeL2: null },
 * ];
 * for (const { bits, trials: n, share, size } of seedsTable(trials, ["bits"])) console.log(bits, n, share, size); // 16 2 0.5 0.001
 * // 32 1 0 null
 * ```
 */
export function seedsTable<K extends string>(
  trials: readonly Row[],
  by: readonly K[],
  size = "relativeL2",
): (Readonly<Record<K, Cell>> & SeedsRow)[] {
  return groupsOf(trials, by).map((group) => {
    const count = (outcome: string) => group.filter((row) => row.outcome === outcome).length;
    const compared = count("different") + count("same");
    const share = proportion(count("different"), compared);
    const sizes = meanOf(numbersOf(group, size));
    return {
      ...pick(group[0]!, by),
      trials: group.length,
      "failed or NaN": group.length - compared,
      share: share.estimate,
      shareLow: share.low,
      shareHigh: share.high,
      n: sizes.n,
      size: sizes.estimate,
      low: sizes.low,
      high: sizes.high,
      interval: intervalWords(sizes.n, "trials"),
    };
  });
}
