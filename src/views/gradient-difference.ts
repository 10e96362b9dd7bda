/** On how many mini-batches a perceptron's gradient depends on ReLU'(0), on which, and by how much. */

import type { DifferenceCell, GradientDifferenceRow, GradientDifferenceSummary, Quantiles } from "../experiments";
import type { UniformId } from "../formats";
import { compareBy, pick } from "./groups";

/** The mini-batches of one precision under one chain rule. */
export interface GradientSharesRow {
  readonly bits: UniformId;
  readonly rule: string;
  readonly runs: number;
  readonly failed: number;
  readonly "mini-batches": number;
  readonly "with a NaN": number;
  readonly "with a zero": number;
  readonly "first layer differs": number;
  readonly "any parameter": number;
  /** Of mini-batches with a difference in the first layer, with Wilson's 95 % interval. */
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The percentage, divided by the number of runs once more. */
  readonly "as the published script divides, %": number | null;
}

/**
 * A row for each precision and chain rule.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { gradientDifference, gradientSharesTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 1024, width: 64, precisions: ["e5m2"], runs: 2 };
 * const { summary } = await runExperiment(gradientDifference, { preset: "smoke", set, runs, workers: 0 });
 * for (const { bits, rule, share, low, high } of gradientSharesTable(summary)) console.log(bits, rule, share, low, high);
 * ```
 */
export function gradientSharesTable(summary: GradientDifferenceSummary): GradientSharesRow[] {
  return summary.map((cell) => ({
    bits: cell.precision,
    rule: cell.chainRule,
    runs: cell.runs,
    failed: cell.failed,
    "mini-batches": cell.batches,
    "with a NaN": cell.notANumber,
    "with a zero": cell.withHit,
    "first layer differs": cell.differentFirstLayer,
    "any parameter": cell.different,
    ...cell.firstLayer,
    "as the published script divides, %": dividedTwice(cell),
  }));
}

const dividedTwice = ({ firstLayer: { share }, runs }: DifferenceCell): number | null =>
  share === null ? null : (100 * share) / runs;

/** How large the differences of one precision are under one chain rule, in one norm. */
export interface GradientSizesRow extends Quantiles {
  readonly size: (typeof SIZES)[number];
  readonly bits: UniformId;
  readonly rule: string;
}

const SIZES = ["relativeL1FirstLayer", "relativeL2FirstLayer", "relativeL1", "relativeL2"] as const;

/**
 * A row for each norm, precision and chain rule, over the mini-batches that have a difference; none where none has.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { gradientDifference, gradientSizesTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 1024, width: 64, precisions: ["e5m2"], chainRules: ["multiply"], runs: 2 };
 * const { summary } = await runExperiment(gradientDifference, { preset: "smoke", set, runs, workers: 0 });
 * for (const { size, median } of gradientSizesTable(summary)) console.log(size, median);
 * ```
 */
export function gradientSizesTable(summary: GradientDifferenceSummary): GradientSizesRow[] {
  return SIZES.flatMap((size) =>
    summary.flatMap(({ precision, chainRule, [size]: quantiles }) =>
      quantiles === null ? [] : [{ size, bits: precision, rule: chainRule, ...quantiles }],
    ),
  );
}

/** A mini-batch with a difference. */
export interface GradientPlaceRow {
  readonly precision: UniformId;
  readonly chainRule: string;
  readonly trial: number;
  /** The mini-batch, from 0. */
  readonly where: number;
  /** Null where only other layers differ. */
  readonly relativeL2FirstLayer: number | null;
}

/**
 * A row for each mini-batch with a difference, of the rows of `gradientDifference`, by precision, chain rule, trial and place.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { gradientDifference, gradientPlacesTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 1024, width: 64, precisions: ["e5m2"], runs: 1 };
 * const { rows } = await runExperiment(gradientDifference, { preset: "smoke", set, runs, workers: 0 });
 * console.log(gradientPlacesTable(rows)[0]);
 * ```
 */
export function gradientPlacesTable(rows: readonly GradientDifferenceRow[]): GradientPlaceRow[] {
  const columns = ["precision", "chainRule", "trial"] as const;
  return rows
    .filter((row) => row.outcome === "finished")
    .flatMap((row) =>
      row.where.map((where, i) => ({
        ...pick(row, columns),
        where,
        relativeL2FirstLayer: row.relativeL2FirstLayer[i]!,
      })),
    )
    .sort((a, b) => compareBy([...columns, "where"], a, b));
}
