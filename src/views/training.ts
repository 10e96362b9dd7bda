/** Tables of trainings: how runs ended, what ReLU'(0) changed in pairs of them, and what was published. */
import type { RunResult, TrainingCell, TrainingConfig, TrainingRow, TrainingSummary } from "../experiments";
import type { PublishedAccuracy, PublishedEpoch } from "../figures";
import { FEWEST_FOR_AN_INTERVAL, intervalWords, mean } from "../util";
import { compareBy, groupsOf, numbersOf, overKnown, pick } from "./groups";

/** What `runExperiment(training)` gives back. */
export type TrainingRun = RunResult<TrainingConfig, TrainingSummary, TrainingRow>;

/** What tells one kind of training from another, by the names that tables have for it. */
export interface TrainingKind {
  readonly network: string;
  readonly dataset: string;
  readonly optimizer: string;
  readonly "batch-norm": boolean;
  readonly bits: TrainingCell["precision"];
  readonly dropout: number;
  readonly rule: string;
}

/** Those columns of a kind that a table shows. */
export type KindColumn = keyof TrainingKind;

/** A run's settings, in the words of the notebooks. */
export interface TrainingRunRow {
  readonly network: string;
  readonly dataset: string;
  readonly images: number | null;
  readonly widths: readonly number[] | null;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: string;
  readonly runs: number;
  readonly threads: number;
}

/**
 * A row for each run: what was trained on what, and how long. Images and widths are null where all or the network's own are meant.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { runExperiment, training, trainingRunsTable } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 200, testImages: 100, widths: [16], epochs: 1, precisions: [16], runs: 1 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const { network, dataset, images, widths } of trainingRunsTable([run])) console.log(network, dataset, images, widths); // mlp glyphs 200 [ 16 ]
 * ```
 */
export function trainingRunsTable(runs: readonly Pick<TrainingRun, "config">[]): TrainingRunRow[] {
  return runs.map(({ config }) => ({
    network: config.network,
    dataset: config.label ?? config.dataset,
    images: config.images,
    widths: config.widths,
    epochs: config.epochs,
    batch: config.batchSize,
    rate: JSON.stringify(config.learningRates),
    runs: config.runs,
    threads: config.threads,
  }));
}

/** Trainings that ended alike, over their last epochs. */
export interface FinalRow {
  readonly outcome: string;
  readonly runs: number;
  readonly "training loss": number | null;
  readonly "test accuracy": number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
}

/**
 * A row for each kind of training and outcome: the means of training loss and test accuracy after the last epoch, and the
 * extremes of the accuracy, over the runs that have these numbers; null where none has.
 * @param by the columns of the rows that tell kinds apart: "network", "batchNorm", "precision", "value" …; rows are in their order
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { finalsTable, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 200, testImages: 100, widths: [16], epochs: 1, values: [0, 1], precisions: [16], runs: 2 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of finalsTable([run], ["value"])) console.log(row.value, row.outcome, row.runs, row["test accuracy"]);
 * ```
 */
export function finalsTable<K extends keyof TrainingRow>(
  runs: readonly Pick<TrainingRun, "rows">[],
  by: readonly K[],
): (Pick<TrainingRow, K> & FinalRow)[] {
  const last = runs.flatMap(({ rows }) => rows).filter(({ outcome }) => outcome !== "running");
  const groups = groupsOf(last, [...by, "outcome"]).sort(([a], [b]) => compareBy(by, a!, b!));
  return groups.map((rows) => {
    const accuracies = numbersOf(rows, "testAccuracy");
    return {
      ...pick(rows[0]!, by),
      outcome: rows[0]!.outcome,
      runs: rows.length,
      "training loss": overKnown(numbersOf(rows, "trainLoss"), mean),
      "test accuracy": overKnown(accuracies, mean),
      lowest: overKnown(accuracies, (list) => Math.min(...list)),
      highest: overKnown(accuracies, (list) => Math.max(...list)),
    };
  });
}

/** What a value of ReLU'(0) changes in pairs of trainings, in percentage points. */
export interface DifferenceRow extends Partial<TrainingKind> {
  readonly "ReLU'(0)": number;
  /** Pairs of runs that both finished, and those of them with the very same accuracy. */
  readonly pairs: number;
  readonly equal: number;
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** What low and high are: "range of 3 pairs"; of 8 pairs and more a 95 % interval. */
  readonly interval: string;
  readonly "effect size": number | null;
}

/**
 * A row for each kind of training and value of ReLU'(0) but the first: the test accuracy minus that at the first value, run by run,
 * in percentage points, with the range over pairs or, of 8 pairs and more, their 95 % bootstrap interval.
 * @param by the columns that tell kinds apart, in this order
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { differencesTable, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 200, testImages: 100, widths: [16], epochs: 1, values: [0, 1], precisions: ["e5m2"], runs: 2 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of differencesTable([run], ["bits"])) console.log(row.bits, row["ReLU'(0)"], row.difference, row.interval);
 * ```
 */
export function differencesTable(
  runs: readonly Pick<TrainingRun, "config" | "summary">[],
  by: readonly KindColumn[],
): DifferenceRow[] {
  return runs.flatMap(({ config, summary }) =>
    summary.differences.map((one) => ({
      ...pick(kindOf(one, config), by),
      "ReLU'(0)": one.value,
      pairs: one.n,
      equal: one.equal,
      difference: points(one.difference),
      low: points(one.low),
      high: points(one.high),
      interval: intervalWords(one.n, "pairs"),
      "effect size": one.effectSize,
    })),
  );
}

/** What the ends beside a mean difference can show. With n pairs of equal sign a two-sided sign test has p = 2¹⁻ⁿ: fewer than six reject nothing at 5 %. */
export function readingOf({
  pairs,
  equal,
  low,
  high,
}: Pick<DifferenceRow, "pairs" | "equal" | "low" | "high">): string {
  if (pairs < 2) return "no interval";
  if (equal === pairs) return "no pair differs";
  const ends = pairs < FEWEST_FOR_AN_INTERVAL ? "range" : "interval";
  if (low! <= 0 && high! >= 0) return `${ends} contains 0: open`;
  return `${ends} without 0${pairs - equal < 6 ? ", too few pairs for a test" : ""}`;
}

/** Whether a final accuracy is taken for chance: below 0.15, with ten classes. A run without an accuracy is not. */
export const isAtChance = (accuracy: number | null): boolean => accuracy !== null && accuracy < CHANCE;
const CHANCE = 0.15;

/** Of a share, in percentage points. */
export const points = (share: number | null): number | null => (share === null ? null : 100 * share);

/** Of each run's share, in percentage points. */
export const allPoints = (shares: readonly (number | null)[]): (number | null)[] => shares.map(points);

/** What a cell's kind is in the words of tables. */
export function kindOf(
  cell: Pick<TrainingCell, "batchNorm" | "precision" | "dropout" | "optimizer" | "chainRule">,
  config: Pick<TrainingConfig, "network" | "dataset">,
): TrainingKind {
  return {
    network: config.network,
    dataset: config.dataset,
    optimizer: cell.optimizer,
    "batch-norm": cell.batchNorm,
    bits: cell.precision,
    dropout: cell.dropout,
    rule: cell.chainRule,
  };
}

/** Published accuracies after training; those read off a figure have a median only. */
export interface PublishedAccuracyRow extends Partial<Omit<TrainingKind, "bits" | "rule">> {
  readonly "ReLU'(0)": number;
  readonly epochs: number;
  readonly runs: number | undefined;
  readonly failed: number | undefined;
  readonly mean: number | undefined;
  readonly sd: number | undefined;
  readonly median: number | undefined;
  readonly how: string;
}

/**
 * A row for each published final accuracy that is visible: of how many runs, how many of them failed, the mean, standard deviation
 * and median of the others, and how we know.
 * @param by the columns that tell kinds apart, in this order
 * @example
 * ```ts
 * import { published, publishedAccuracyTable } from "nonsmooth";
 *
 * const theirs = published("training-final-accuracy").filter(({ experiment, value }) => experiment === "dropout" && value === 0);
 * console.log(publishedAccuracyTable(theirs, ["dropout"])[0]); // {
 * //   dropout: 0,
 * //   "ReLU'(0)": 0,
 * //   epochs: 200,
 * //   runs: 10,
 * //   failed: 0,
 * //   mean: 0.98457,
 * //   sd: 0.00033,
 * //   median: 0.9845,
 * //   how: 'counted'
 * // }
 * ```
 */
export function publishedAccuracyTable(
  theirs: readonly PublishedAccuracy[],
  by: readonly Exclude<KindColumn, "bits" | "rule">[],
): PublishedAccuracyRow[] {
  return theirs
    .filter(({ how }) => how !== "not visible")
    .map((one) => ({
      ...pick({ ...one, "batch-norm": one.batchNorm }, by),
      "ReLU'(0)": one.value,
      epochs: one.epochs,
      runs: one.runs,
      failed: one.failed,
      mean: one.mean,
      sd: one.sd,
      median: one.median,
      how: one.how,
    }));
}

/** Published curves: an epoch of a kind of training, the means over those runs whose loss was finite. */
export interface PublishedEpochRow {
  readonly "batch-norm": boolean;
  readonly "ReLU'(0)": number;
  readonly epoch: number;
  readonly runs: number;
  readonly "losses that are not finite": number;
  readonly "training loss": number;
  readonly "test accuracy": number;
}

/**
 * A row for each published epoch.
 *
 * @example
 * ```ts
 * import { published, publishedCurvesTable } from "nonsmooth";
 *
 * const theirs = published("training-curves").filter(({ batchNorm, value }) => batchNorm && value === 1);
 * console.log(publishedCurvesTable(theirs).at(-1)); // {
 * //   'batch-norm': true,
 * //   "ReLU'(0)": 1,
 * //   epoch: 100,
 * //   runs: 5,
 * //   'losses that are not finite': 0,
 * //   'training loss': 1.807e-9,
 * //   'test accuracy': 0.9715
 * // }
 * ```
 */
export function publishedCurvesTable(theirs: readonly PublishedEpoch[]): PublishedEpochRow[] {
  return theirs.map((one) => ({
    "batch-norm": one.batchNorm,
    "ReLU'(0)": one.value,
    epoch: one.epoch,
    runs: one.runs,
    "losses that are not finite": one.notFinite,
    "training loss": one.trainLoss,
    "test accuracy": one.testAccuracy,
  }));
}
