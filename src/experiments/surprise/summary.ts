import type { UniformId } from "../../formats";
import type { SurpriseConfig } from "./config";
import type { SurpriseRow } from "./rows";

/** One run: one initialisation in one precision. */
export interface RunSummary {
  readonly precision: UniformId;
  readonly trial: number;
  readonly outcome: "finished" | "diverged" | "failed" | "missing";
  /** Iterations that were computed. */
  readonly iterations: number;
  /** From 0: the first with an exact zero in some hidden layer, and the first whose update made 1 and 0 differ; else null. */
  readonly firstZero: number | null;
  readonly firstDifference: number | null;
  /** Hidden layers, from 1, with an exact zero in the iteration of the first one. */
  readonly firstZeroLayers: readonly number[];
  /** Exact zeros of each hidden layer, all iterations together. */
  readonly zeros: readonly number[];
  /** L1 distances after the last iteration, and the largest of the control while it was finite. */
  readonly finalDifference: number | null;
  readonly largestControl: number | null;
}

export type SurpriseSummary = readonly RunSummary[];

/** One for each run, in the order of the configuration. */
export function summarize(rows: readonly SurpriseRow[], config: SurpriseConfig): SurpriseSummary {
  return config.precisions.flatMap((precision) =>
    Array.from({ length: config.runs }, (_, trial) => {
      const own = rows.filter((row) => row.precision === precision && row.trial === trial);
      return { precision, trial, ...summaryOf(own, config.widths.length) };
    }),
  );
}

function summaryOf(rows: readonly SurpriseRow[], layers: number): Omit<RunSummary, "precision" | "trial"> {
  const steps = rows.filter((row) => row.outcome !== "failed");
  const zero = steps.find((row) => row.zerosOfAll > 0);
  // a NaN is an outcome of its own, not a difference
  const different = steps.find((row) => Number.isFinite(row.difference) && row.difference !== 0);
  const controls = steps.map((row) => row.control).filter(Number.isFinite);
  const over = rows.map((row) => row.outcome).find((outcome) => outcome !== "running");
  return {
    outcome: over ?? "missing",
    iterations: steps.length,
    firstZero: zero?.iteration ?? null,
    firstDifference: different?.iteration ?? null,
    firstZeroLayers: zero ? zero.zeros.flatMap((n, i) => (n > 0 ? [i + 1] : [])) : [],
    zeros: Array.from({ length: layers }, (_, i) => steps.reduce((sum, row) => sum + row.zeros[i]!, 0)),
    finalDifference: steps.at(-1)?.difference ?? null,
    largestControl: controls.length === 0 ? null : Math.max(...controls),
  };
}
