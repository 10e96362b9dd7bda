/** Exact zeros of whole passes, predicted and counted. */
import type { LawConfig, LawRow, LawSummary, RunResult } from "../experiments";
import type { UniformId } from "../formats";
import { sumOf } from "../util";
import { sortedGroups } from "./groups";

type LawRun = Pick<RunResult<LawConfig, LawSummary, LawRow>, "summary">;

/** A network in a precision and an order; zeros are of one pass, means over the initialisations. */
export interface LawTableRow {
  readonly cell: string;
  /** Images of the pass. */
  readonly images: number;
  readonly initialisations: number;
  readonly counted: number | null;
  /** 95 % interval. */
  readonly low: number | null;
  readonly high: number | null;
  readonly predicted: number | null;
  /** counted / predicted */
  readonly ratio: number | null;
  /** Initialisations that met a zero: their share with Wilson's 95 % interval, and the predicted one. */
  readonly "share with a zero": number | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly "share predicted": number | null;
}

/**
 * A row for each cell of some runs.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { law, lawTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const networks = [{ network: "mlp", widths: [64] }];
 * const set = { dataset: "glyphs", networks, precisions: ["e5m2"], images: 512, runs: 2, predictedRuns: 2 };
 * const run = await runExperiment(law, { set, runs, workers: 0 });
 * for (const { cell, counted, predicted } of lawTable([run])) console.log(cell, counted, predicted);
 * ```
 */
export const lawTable = (runs: readonly LawRun[]): LawTableRow[] =>
  runs.flatMap(({ summary }) =>
    summary.cells.map((cell) => ({
      cell: cell.label,
      images: cell.images,
      initialisations: cell.done,
      counted: cell.observed,
      low: cell.observedLow,
      high: cell.observedHigh,
      predicted: cell.predicted,
      ratio: cell.ratio,
      "share with a zero": cell.share,
      from: cell.low,
      to: cell.high,
      "share predicted": cell.predictedShare,
    })),
  );

/** Zeros of all layers that one operation makes, in one precision, of one pass of each network of that precision. */
export interface LawOperationsRow {
  readonly precision: UniformId;
  /** What makes the pre-activations: matmul, conv2d, batchNorm, add (the sum of a residual branch). */
  readonly "made by": string;
  readonly layers: number;
  readonly calls: number;
  readonly counted: number;
  readonly predicted: number;
  readonly ratio: number | null;
}

/**
 * A row for each precision and operation: where the law holds, and where it does not. Cells that were not predicted are left out.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { law, lawOperationsTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const networks = [{ network: "mlp", widths: [64] }];
 * const set = { dataset: "glyphs", networks, precisions: ["e5m2"], images: 512, runs: 2, predictedRuns: 2 };
 * const run = await runExperiment(law, { set, runs, workers: 0 });
 * console.log(lawOperationsTable([run]));
 * ```
 */
export function lawOperationsTable(runs: readonly LawRun[]): LawOperationsRow[] {
  const layers = runs.flatMap(({ summary }) =>
    summary.cells.flatMap(({ precision, layers }) => layers.map((layer) => ({ precision, ...layer }))),
  );
  const known = layers.filter(({ observed, predicted }) => observed !== null && predicted !== null);
  return sortedGroups(known, ["precision", "madeBy"]).map((group) => {
    const [counted, predicted] = [sumOf(group, (one) => one.observed!), sumOf(group, (one) => one.predicted!)];
    return {
      precision: group[0]!.precision,
      "made by": group[0]!.madeBy,
      layers: group.length,
      calls: sumOf(group, ({ calls }) => calls),
      counted,
      predicted,
      ratio: predicted > 0 ? counted / predicted : null,
    };
  });
}
