/** Trainings that ReLU'(0) drives apart: where they separate, and how near to zero pre-activations come. */

import type { RunResult, RunSummary, SurpriseConfig, SurpriseRow, SurpriseSummary } from "../experiments";
import type { UniformId } from "../formats";
import type { Answered } from "../runs";
import { medianOf, numbersOf, overKnown, sortedGroups, totalOf } from "./groups";

type SurpriseRun = RunResult<SurpriseConfig, SurpriseSummary, SurpriseRow>;

/** An initialisation in one precision. Iterations are counted from 0, runs and layers from 1. */
export interface SurpriseRunRow {
  readonly bits: UniformId;
  readonly run: number;
  readonly outcome: RunSummary["outcome"];
  /** An iteration, or "none". */
  readonly "first zero at": string;
  readonly "in layer": string;
  readonly "1 and 0 differ from": string;
  readonly "zeros by layer": string;
  /** L1, of all weights and biases. */
  readonly "final distance, 1 against 0": number | null;
  readonly "largest control distance": number | null;
}

/**
 * A row for each run.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { runExperiment, surprise, surpriseRunsTable } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 1280, widths: [64], precisions: ["e5m2", 64], runs: 1 };
 * const run = await runExperiment(surprise, { preset: "smoke", set, runs, workers: 0 });
 * console.log(surpriseRunsTable(run)[0]);
 * ```
 */
export function surpriseRunsTable({ summary }: Pick<SurpriseRun, "summary">): SurpriseRunRow[] {
  return summary.map((run) => ({
    bits: run.precision,
    run: run.trial + 1,
    outcome: run.outcome,
    "first zero at": orNone(run.firstZero),
    "in layer": run.firstZeroLayers.join(", "),
    "1 and 0 differ from": orNone(run.firstDifference),
    "zeros by layer": run.zeros.join(", "),
    "final distance, 1 against 0": run.finalDifference,
    "largest control distance": run.largestControl,
  }));
}

const orNone = (iteration: number | null): string => (iteration === null ? "none" : String(iteration));

/** The smallest |pre-activation| of each mini-batch in one hidden layer, over all runs of a precision. */
export interface NearestRow {
  readonly precision: UniformId;
  /** From 1. */
  readonly layer: number;
  readonly iterations: number;
  readonly "exact zeros": number;
  readonly "smallest |z|": number | null;
  readonly median: number | null;
  readonly largest: number | null;
}

/**
 * A row for each precision and hidden layer, of the rows of `surprise`.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { nearestTable, runExperiment, surprise } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 1280, widths: [64], precisions: ["e5m2", 64], runs: 1 };
 * const { rows } = await runExperiment(surprise, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of nearestTable(rows)) console.log(row.precision, row.layer, row["exact zeros"], row["smallest |z|"]);
 * ```
 */
export function nearestTable(rows: readonly SurpriseRow[]): NearestRow[] {
  return sortedGroups(rows.filter(hasNumbers).flatMap(byLayer), ["precision", "layer"]).map((group) => {
    const smallest = numbersOf(group, "smallest");
    return {
      precision: group[0]!.precision,
      layer: group[0]!.layer,
      iterations: group.length,
      "exact zeros": totalOf(group, "zeros"),
      "smallest |z|": overKnown(smallest, smallestOf),
      median: medianOf(group, "smallest"),
      largest: overKnown(smallest, largestOf),
    };
  });
}

type Step = Answered<SurpriseRow>;

const hasNumbers = (row: SurpriseRow): row is Step => row.outcome !== "failed";

const byLayer = ({ precision, smallest, zeros }: Step) =>
  smallest.map((least, i) => ({ precision, layer: i + 1, smallest: least, zeros: zeros[i]! }));

// there may be more of them than a function takes arguments
const smallestOf = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.min(a, b));
const largestOf = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b));

/** An initialisation at 32 bits under one chain rule. */
export interface SurpriseRuleRow {
  readonly rule: string;
  readonly run: number;
  readonly outcome: RunSummary["outcome"];
  readonly "1 and 0 differ from": string;
  readonly "distance there": number;
  readonly "final distance": number | null;
  readonly "loss with 1 minus loss with 0, at the end": number | null;
  readonly control: number | null;
}

/**
 * A row for each run at 32 bits of each campaign: what the chain rule makes of the first exact zero.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { runExperiment, surprise, surpriseRulesTable } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 1280, widths: [32], precisions: [32], runs: 1 };
 * const run = (chainRule: string) =>
 *   runExperiment(surprise, { preset: "smoke", set: { ...set, chainRule }, runs, workers: 0 });
 * for (const row of surpriseRulesTable([await run("multiply"), await run("overwrite")]))
 *   console.log(row.rule, row.outcome, row["final distance"]);
 * ```
 */
export function surpriseRulesTable(
  campaigns: readonly Pick<SurpriseRun, "config" | "summary" | "rows">[],
): SurpriseRuleRow[] {
  return campaigns.flatMap(({ config, summary, rows }) =>
    summary
      .filter(({ precision }) => precision === 32)
      .map((run) => {
        const own = rows.filter(hasNumbers).filter((row) => row.precision === 32 && row.trial === run.trial);
        const jump = own.find(({ iteration }) => iteration === run.firstDifference);
        return {
          rule: config.chainRule,
          run: run.trial + 1,
          outcome: run.outcome,
          "1 and 0 differ from": orNone(run.firstDifference),
          "distance there": jump?.difference ?? 0,
          "final distance": run.finalDifference,
          "loss with 1 minus loss with 0, at the end": lossDifference(own.at(-1)),
          control: run.largestControl,
        };
      }),
  );
}

const lossDifference = (row: Step | undefined): number | null => (row === undefined ? null : row.loss1 - row.loss0);

/** A published finding beside ours. */
export interface PublishedFindingRow {
  readonly what: string;
  readonly published: string;
  readonly ours: string;
}

/**
 * What is known of the one published run, and the same of ours: of 64 bits from the stored output of the released notebook
 * (introduction_experiment/expeSurprise.ipynb), of 32 bits the one line that it printed.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { publishedSurpriseTable, runExperiment, surprise } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 1280, widths: [32], runs: 1 };
 * const run = await runExperiment(surprise, { preset: "smoke", set, runs, workers: 0 });
 * for (const { what, published, ours } of publishedSurpriseTable(run)) console.log(what, "|", published, "|", ours);
 * ```
 */
export function publishedSurpriseTable({
  summary,
  rows,
}: Pick<SurpriseRun, "summary" | "rows">): PublishedFindingRow[] {
  const of = (bits: UniformId) => summary.filter(({ precision }) => precision === bits);
  const distances = of(64).map((run) => `${run.finalDifference}; ${run.largestControl}`);
  const firstZeros = of(32).map(({ firstZero }) => orNone(firstZero));
  return [
    {
      what: "64 bits: distance of 1 and 0, and of the control",
      published: "0; 0 (one run)",
      ours: distances.join(" | ") || "not run",
    },
    {
      what: "64 bits: smallest |z| of layer 1, first 100 iterations",
      published: "about 1e-8 … 4e-6",
      ours: rangeText(rows.filter(hasNumbers).filter((row) => row.precision === 64 && row.iteration < 100)),
    },
    {
      what: "32 bits: iteration of the first exact zero",
      published: "65 (one run, layer 1)",
      ours: firstZeros.join("; ") || "not run",
    },
  ];
}

function rangeText(rows: readonly Step[]): string {
  const seen = rows.map((row) => row.smallest[0]!);
  if (seen.length === 0) return "not run";
  return `${smallestOf(seen).toExponential(1)} … ${largestOf(seen).toExponential(1)}`;
}
