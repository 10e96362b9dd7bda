import type { UniformId } from "../../formats";
import type { Row } from "../../runs";
import type { SurpriseConfig } from "./config";

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
  /** L1 distances behind the last iteration, and the largest of the control while it was finite. */
  readonly finalDifference: number | null;
  readonly largestControl: number | null;
}

export type SurpriseSummary = readonly RunSummary[];

/** A run each, in the order of the configuration. */
export function summarize(rows: readonly Row[], config: SurpriseConfig): SurpriseSummary {
  return config.precisions.flatMap((precision) =>
    Array.from({ length: config.runs }, (_, trial) => {
      const own = rows.filter((row) => row.precision === precision && row.trial === trial);
      return { precision, trial, ...summaryOf(own, config.widths.length) };
    }),
  );
}

function summaryOf(rows: readonly Row[], layers: number): Omit<RunSummary, "precision" | "trial"> {
  const steps = rows.filter((row) => row.outcome !== "failed");
  const zero = steps.find((row) => (row.zerosOfAll as number) > 0);
  // a NaN is an outcome of its own, no difference
  const finite = (column: string) => steps.filter((row) => Number.isFinite(row[column]));
  const different = finite("difference").find((row) => row.difference !== 0);
  const zerosOf = (row: Row) => row.zeros as readonly number[];
  const last = steps.at(-1);
  const over = rows.find((row) => row.outcome !== "running")?.outcome as RunSummary["outcome"] | undefined;
  return {
    outcome: over ?? "missing",
    iterations: steps.length,
    firstZero: (zero?.iteration as number | undefined) ?? null,
    firstDifference: (different?.iteration as number | undefined) ?? null,
    firstZeroLayers: zero ? zerosOf(zero).flatMap((n, i) => (n > 0 ? [i + 1] : [])) : [],
    zeros: Array.from({ length: layers }, (_, i) => steps.reduce((sum, row) => sum + zerosOf(row)[i]!, 0)),
    finalDifference: (last?.difference as number | undefined) ?? null,
    largestControl: steps.length === 0 ? null : Math.max(0, ...finite("control").map((row) => row.control as number)),
  };
}
