/** How many pre-activations of perceptrons in training are exactly zero. */

import {
  poolZeros,
  type RunResult,
  type ZerosConfig,
  type ZerosCount,
  type ZerosRow,
  type ZerosSummary,
} from "../experiments";
import type { PublishedZeros, PublishedZerosOfEpoch } from "../figures";
import type { UniformId } from "../formats";
import { mean } from "../util";
import { numbersOf, overKnown, pick, sortedGroups, totalOf } from "./groups";

type ZerosRun = RunResult<ZerosConfig, ZerosSummary, ZerosRow>;

/** All trainings of one precision; the share is of calls, with Wilson's 95 % interval. */
export interface ZerosOfPrecisionRow extends ZerosCount {
  readonly bits: UniformId;
  /** That finished. */
  readonly trainings: number;
  readonly diverged: number;
  readonly failed: number;
}

/**
 * A row for each precision.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { runExperiment, zeros, zerosByPrecisionTable } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 256, testImages: 50, precisions: ["e5m2", 64], depths: [1], widths: [64], epochs: 1 };
 * const run = await runExperiment(zeros, { preset: "smoke", set, runs, workers: 0 });
 * for (const { bits, calls, zeros: found } of zerosByPrecisionTable(run)) console.log(bits, calls, found);
 * ```
 */
export function zerosByPrecisionTable({
  config,
  summary,
}: Pick<ZerosRun, "config" | "summary">): ZerosOfPrecisionRow[] {
  return config.precisions.map((bits) => {
    const cells = summary.filter(({ precision }) => precision === bits);
    const count = (what: "finished" | "diverged" | "failed") => cells.reduce((sum, cell) => sum + cell[what], 0);
    const trainings = { trainings: count("finished"), diverged: count("diverged"), failed: count("failed") };
    return { bits, ...trainings, ...poolZeros(cells) };
  });
}

/** An epoch of all trainings of one precision. */
export interface ZerosOfEpochRow extends Omit<ZerosCount, "low" | "high"> {
  readonly precision: UniformId;
  readonly epoch: number;
  /** Of the same architectures, one training each; null where nothing was published: at 64 bits, and for other data than MNIST. */
  readonly "published zeros": number | null;
  /** Mean over the trainings. */
  readonly "test accuracy": number | null;
}

/**
 * A row for each precision and epoch, of the rows of `zeros`; trainings that failed are left out.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { runExperiment, zeros, zerosByEpochTable } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 256, testImages: 50, precisions: ["e5m2"], depths: [1], widths: [64], epochs: 2 };
 * const { rows } = await runExperiment(zeros, { preset: "smoke", set, runs, workers: 0 });
 * for (const { epoch, calls, zeros: found } of zerosByEpochTable(rows)) console.log(epoch, calls, found);
 * ```
 */
export function zerosByEpochTable(
  rows: readonly ZerosRow[],
  published: readonly PublishedZerosOfEpoch[] = [],
): ZerosOfEpochRow[] {
  const counted = rows.filter((row) => row.outcome !== "failed");
  return sortedGroups(counted, ["precision", "epoch"]).map((group) => {
    const [calls, zeros, structural] = [totalOf(group, "calls"), totalOf(group, "zeros"), totalOf(group, "structural")];
    // a training has a row for each layer, with the same accuracy in all of them
    const trainings = group.filter(({ layer }) => layer === 1);
    return {
      ...pick(group[0]!, ["precision", "epoch"]),
      calls,
      zeros,
      "published zeros": publishedZeros(trainings, published),
      structural,
      share: calls > 0 ? zeros / calls : null,
      "test accuracy": overKnown(numbersOf(trainings, "testAccuracy"), mean),
    };
  });
}

/** In the epoch and the precision of these trainings, each architecture once. */
function publishedZeros(trainings: readonly ZerosRow[], published: readonly PublishedZerosOfEpoch[]): number | null {
  const theirs = published.filter((one) =>
    trainings.some(
      ({ dataset, precision, depth, width, epoch }) =>
        dataset === "mnist" &&
        [precision, depth, width, epoch].join() === [one.precision, one.layers, one.neurons, one.epoch].join(),
    ),
  );
  return theirs.length === 0 ? null : theirs.reduce((sum, { zeros }) => sum + zeros, 0);
}

/** The zeros of a perceptron in one precision, divided as published and by all calls. */
export interface ZerosRatioRow {
  readonly bits: UniformId;
  /** Hidden layers × neurons. */
  readonly architecture: string;
  readonly zeros: number;
  readonly structural: number;
  readonly "calls as published": number;
  readonly "ratio as published": number | null;
  readonly calls: number;
  readonly "share of calls": number | null;
  /** Of Wilson's 95 % interval of the share. */
  readonly "upper end": number | null;
  readonly "test accuracy": number | null;
  /** Null where nothing was published: for other architectures, at 64 bits, and for other data than MNIST. */
  readonly "published share": number | null;
}

/**
 * A row for each architecture and precision.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { published, runExperiment, zeros, zerosRatiosTable } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 256, testImages: 50, precisions: ["e5m2"], depths: [1, 2], widths: [64], epochs: 1 };
 * const run = await runExperiment(zeros, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of zerosRatiosTable(run, published("zeros"))) console.log(row.architecture, row["share of calls"]);
 * ```
 */
export function zerosRatiosTable(
  { config, summary }: Pick<ZerosRun, "config" | "summary">,
  published: readonly PublishedZeros[],
): ZerosRatioRow[] {
  const comparable = config.dataset === "mnist" ? published : [];
  return summary.map((cell) => {
    const theirs = comparable.find(
      (one) => one.precision === cell.precision && one.layers === cell.depth && one.neurons === cell.width,
    );
    return {
      bits: cell.precision,
      architecture: `${cell.depth} × ${cell.width}`,
      zeros: cell.zeros,
      structural: cell.structural,
      "calls as published": cell.publishedCalls,
      "ratio as published": cell.publishedRatio,
      calls: cell.calls,
      "share of calls": cell.share,
      "upper end": cell.high,
      "test accuracy": cell.testAccuracy,
      "published share": theirs ? theirs.zeros / theirs.calls : null,
    };
  });
}
