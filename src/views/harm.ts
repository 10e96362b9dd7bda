/** Tables of the causal test: what each arm changed, and where trainings met exact zeros. */
import type { HarmConfig, HarmRow, HarmSummary, RunResult } from "../experiments";
import { sumOf } from "../util";

type Run = Pick<RunResult<HarmConfig, HarmSummary, HarmRow>, "config" | "summary" | "rows">;

interface CellColumns {
  readonly network: string;
  readonly "batch-norm": boolean;
  readonly bits: number | string;
}

/** What an arm changes against ReLU'(0) = 0, in percentage points of test accuracy. */
export interface HarmArmRow extends CellColumns {
  readonly arm: string;
  /** That met an exact zero and finished. */
  readonly pairs: number;
  readonly diverged: number;
  readonly failed: number;
  /** Pairs with the same parameters, to the bit. */
  readonly equal: number;
  readonly distance: number | null;
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly "ends are": string;
  readonly "null, lowest": number | null;
  readonly "null, highest": number | null;
  /** The same difference against the null in place of ReLU'(0) = 0. */
  readonly "beyond the null": number | null;
  readonly "beyond, low": number | null;
  readonly "beyond, high": number | null;
  readonly "p, equivalence": number | null;
  readonly worse: number;
  readonly better: number;
  readonly "p, sign test": number;
  readonly reading: string;
}

/**
 * A row for each cell and each arm but ReLU'(0) = 0.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { harm, harmArmsTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 200, testImages: 50, widths: [64], epochs: 1, precisions: ["e5m2"], runs: 2 };
 * const run = await runExperiment(harm, { preset: "smoke", set, runs, workers: 0 });
 * for (const { arm, pairs, difference } of harmArmsTable([run])) console.log(arm, pairs, difference);
 * ```
 */
export function harmArmsTable(runs: readonly Run[]): HarmArmRow[] {
  return runs.flatMap(({ config, summary }) =>
    summary.flatMap((cell) =>
      cell.arms.slice(1).map((arm) => ({
        ...cellOf(cell, config),
        arm: arm.arm,
        pairs: arm.change.n,
        diverged: arm.diverged,
        failed: arm.failed,
        equal: arm.equal,
        distance: arm.distance,
        difference: arm.change.mean,
        low: arm.change.low,
        high: arm.change.high,
        "ends are": arm.change.isRange ? "range" : "95 % t interval",
        "null, lowest": cell.nullRange?.[0] ?? null,
        "null, highest": cell.nullRange?.[1] ?? null,
        "beyond the null": arm.beyondNull.mean,
        "beyond, low": arm.beyondNull.low,
        "beyond, high": arm.beyondNull.high,
        "p, equivalence": arm.pEquivalent,
        worse: arm.worse,
        better: arm.better,
        "p, sign test": arm.pSign,
        reading: arm.verdict,
      })),
    ),
  );
}

/** Where the trainings with ReLU'(0) = 0 of a cell met exact zeros. */
export interface HarmZerosRow extends CellColumns {
  readonly runs: number;
  readonly "met a zero": number;
  readonly "first step (median)": number | null;
  /** Of all runs together. */
  readonly zeros: number;
  readonly "lowest accuracy": number | null;
  readonly "highest accuracy": number | null;
}

/**
 * A row for each cell: how many trainings with ReLU'(0) = 0 met an exact zero, when, and how they ended.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { harm, harmZerosTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 200, testImages: 50, widths: [64], epochs: 1, precisions: ["e5m2"], runs: 2 };
 * const run = await runExperiment(harm, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of harmZerosTable([run])) console.log(row.bits, row["met a zero"], row.runs);
 * ```
 */
export function harmZerosTable(runs: readonly Run[]): HarmZerosRow[] {
  return runs.flatMap(({ config, summary, rows }) =>
    summary.map((cell) => {
      const own = rows.filter(
        (row) => row.arm === "zero" && row.batchNorm === cell.batchNorm && row.precision === cell.precision,
      );
      const accuracies = cell.arms[0]!.accuracies.filter((x) => x !== null);
      return {
        ...cellOf(cell, config),
        runs: own.length,
        "met a zero": cell.withZero,
        "first step (median)": cell.firstStep,
        zeros: sumOf(own, (row) => row.zeros ?? 0),
        "lowest accuracy": accuracies.length > 0 ? Math.min(...accuracies) : null,
        "highest accuracy": accuracies.length > 0 ? Math.max(...accuracies) : null,
      };
    }),
  );
}

const cellOf = ({ batchNorm, precision }: HarmSummary[number], { network }: HarmConfig): CellColumns => ({
  network,
  "batch-norm": batchNorm,
  bits: precision,
});
