/** What a sweep would compute. */
import { precisionOf } from "../../formats";
import { problemShape } from "../common/data";
import type { Plan, PlanContext, PlannedRuns } from "../types";
import { factsOf, type NetworkFacts } from "./facts";
import type { SharedConfig } from "./keys";
import { endOf, type SweepRow } from "./rows";
import { type Cell, cellKey, groupRows, labelsOf } from "./runs";

/** How many images each epoch has. */
export interface Counts {
  readonly training: number;
  readonly evaluation: number;
}

/** The runs of each cell, with their arithmetic; an epoch with a row is done. */
export async function planSweep(
  config: SharedConfig,
  cells: readonly Cell[],
  counts: Counts,
  context: PlanContext<SweepRow>,
): Promise<Plan> {
  const facts = factsOf(config, await problemShape(config, context));
  const labelOf = labelsOf(config.network, cells);
  const runs = await Promise.all(
    cells.map(async (cell): Promise<PlannedRuns> => {
      const epoch = epochFlop(await facts(cell), counts);
      const flop = config.runs * config.epochs * epoch;
      return {
        name: labelOf(cell),
        format: precisionOf(cell.precision).format,
        runs: config.runs,
        flop,
        ...done(config, cell, epoch, context),
      };
    }),
  );
  return { runs, threads: config.threads };
}

const epochFlop = ({ step, evaluation }: NetworkFacts, counts: Counts) =>
  step * counts.training + evaluation * counts.evaluation;

function done({ epochs }: SharedConfig, cell: Cell, epoch: number, { rows }: PlanContext<SweepRow>) {
  const own = groupRows(rows.filter((row) => cellKey(row) === cellKey(cell)));
  const over = [...own.values()].map((some) => endOf(some) !== undefined);
  const all = [...own.values()].reduce((sum, some, i) => sum + (over[i] ? epochs : some.length), 0);
  return { done: over.filter((is) => is).length, flopDone: all * epoch };
}
