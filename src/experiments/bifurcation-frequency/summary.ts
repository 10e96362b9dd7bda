import type { UniformId } from "../../formats";
import { groupBy } from "../../util";
import { frequencies, median } from "../common/frequencies";
import { runsIn } from "../common/keys";
import { perceptronKey } from "../gradient-pairs/programs";
import { type Cell, cells } from "./cells";
import type { BifurcationConfig } from "./config";
import type { BifurcationRow } from "./rows";

/** One cell at one sample size: how often the gradient depends on ReLU'(0), with Wilson's 95 % intervals. */
export interface CellSummary {
  readonly precision: UniformId;
  readonly width: number;
  readonly depth: number;
  readonly batchSize: number;
  /** Images looked at: the first floor(sampleSize / batchSize) full batches. */
  readonly sampleSize: number;
  /** Runs that were asked for, and those that the frequency is based on: neither failed nor with a NaN. */
  readonly planned: number;
  readonly runs: number;
  readonly failed: number;
  readonly notANumber: number;
  /** Criterion "any parameter". */
  readonly different: number;
  readonly frequency: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The paper's criterion, the first layer's weights. */
  readonly differentFirstLayer: number;
  readonly frequencyFirstLayer: number | null;
  readonly lowFirstLayer: number | null;
  readonly highFirstLayer: number | null;
  /** Runs in which some pre-activation was exactly zero. */
  readonly withHit: number;
  /** Relative L2 size of the difference at the first bifurcation: median over the runs that have one. */
  readonly medianRelativeL2: number | null;
  readonly medianRelativeL1: number | null;
}

export type BifurcationSummary = readonly CellSummary[];

export function summarize(rows: readonly BifurcationRow[], config: BifurcationConfig): BifurcationSummary {
  const byCell = groupBy(rows, perceptronKey);
  return cells(config).flatMap((cell) =>
    [...config.sampleSizes]
      .sort((a, b) => a - b)
      // a sample without one whole batch says nothing
      .filter((sampleSize) => sampleSize >= cell.batchSize)
      .map((sampleSize) => {
        const all = byCell.get(perceptronKey(cell)) ?? [];
        const seen = Math.floor(sampleSize / cell.batchSize);
        return { ...cell, sampleSize, planned: runsIn(config.runs, cell.precision), ...count(all, seen) };
      }),
  );
}

/** Counts what happened within the first `batches` mini-batches. */
function count(
  rows: readonly BifurcationRow[],
  batches: number,
): Omit<CellSummary, "sampleSize" | "planned" | keyof Cell> {
  const within = (batch: number | null) => batch !== null && batch < batches;
  const whole = rows.filter((row) => row.outcome !== "failed");
  // a run that ended in a NaN says nothing beyond the batch before it
  const answered = whole.filter((row) => row.outcome !== "not-a-number" || row.batches > batches);
  const different = answered.filter((row) => within(row.firstBifurcation));
  const differentFirstLayer = answered.filter((row) => within(row.firstBifurcationFirstLayer)).length;
  return {
    runs: answered.length,
    failed: rows.length - whole.length,
    notANumber: whole.length - answered.length,
    ...frequencies(different.length, differentFirstLayer, answered.length),
    withHit: answered.filter((row) => within(row.firstHit)).length,
    medianRelativeL2: median(different.map((row) => row.relativeL2)),
    medianRelativeL1: median(different.map((row) => row.relativeL1)),
  };
}
