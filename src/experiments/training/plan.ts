/** What a sweep would compute. */
import { precisionOf } from "../../formats";
import { problemShape } from "../common/data";
import type { DataContext, Plan, PlanContext, PlannedRuns, Unit } from "../types";
import { factsOf, type NetworkFacts } from "./facts";
import type { SharedConfig } from "./keys";
import { endOf, type SweepRow } from "./rows";
import { type Cell, cellKey, groupRows, isIn, labelsOf, runKey, runsOf } from "./runs";

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
      const trials = runsOf([cell], config.runs).filter((run) => isIn(context.share, run)).length;
      return {
        name: labelOf(cell),
        format: precisionOf(cell.precision).format,
        runs: trials,
        flop: trials * config.epochs * epoch,
        ...done(config, cell, epoch, context),
      };
    }),
  );
  return { runs: runs.filter(({ runs: trials }) => trials > 0), threads: config.threads };
}

/** Every run of the cells, with the arithmetic of one epoch at the price of its precision. */
export async function unitsOfSweep(
  config: SharedConfig,
  cells: readonly Cell[],
  counts: Counts,
  context: DataContext,
): Promise<Unit[]> {
  const facts = factsOf(config, await problemShape(config, context));
  return Promise.all(
    runsOf(cells, config.runs).map(async (run) => {
      const { price } = precisionOf(run.precision);
      return { key: runKey(run), cost: price * epochFlop(await facts(run), counts) };
    }),
  );
}

const epochFlop = ({ step, evaluation }: NetworkFacts, counts: Counts) =>
  step * counts.training + evaluation * counts.evaluation;

function done({ epochs }: SharedConfig, cell: Cell, epoch: number, { rows, share }: PlanContext<SweepRow>) {
  const own = groupRows(rows.filter((row) => cellKey(row) === cellKey(cell) && isIn(share, row)));
  const over = [...own.values()].map((some) => endOf(some) !== undefined);
  const all = [...own.values()].reduce((sum, some, i) => sum + (over[i] ? epochs : some.length), 0);
  return { done: over.filter((is) => is).length, flopDone: all * epoch };
}
