/** `nonsmooth run --dry-run`: what a run would compute, how much of that is done, and how long its matrix products take. */
import { type CostEstimate, costLines, estimateCost, type PlanResult, planExperiment } from "../experiments";
import { alignedTable, NonsmoothError } from "../util";
import { EXIT, Exit, print, printJson } from "./exit";
import { untilInterrupted } from "./interrupt";
import { readOptions } from "./launch";
import type { LaunchOptions } from "./options";

/** @throws Exit with code 2 if it could not be run */
export async function dryRun(name: string, options: LaunchOptions & { readonly json?: boolean }): Promise<void> {
  const { chosen, runOptions } = readOptions(name, options);
  const { plan, cost } = await untilInterrupted(async () => {
    try {
      const found = await planExperiment(chosen, runOptions);
      return { plan: found, cost: await estimateCost(found, engineOf(found)) };
    } catch (error) {
      throw error instanceof NonsmoothError ? new Exit(EXIT.usage, error) : error;
    }
  });
  if (options.json) printPlan(plan, cost);
  else showPlan(plan, cost);
}

const engineOf = ({ config }: PlanResult<object>) => (config as { engine?: string }).engine;

/** `rates` are the fastest and `seconds` is `secondsLow`: their meaning from before there was a range. */
function printPlan(plan: PlanResult<object>, { flop, flopDone, ...cost }: CostEstimate): void {
  const { experiment, config, runDirectory, runs } = plan;
  const engine = engineOf(plan) ?? null;
  const [secondsLow, secondsHigh] = cost.seconds;
  const [ratesLow, rates] = [0, 1].map((i) => mapValues(cost.rates, (range) => range[i]!));
  const speed = { rates, ratesLow, seconds: secondsLow, secondsLow, secondsHigh };
  printJson({ experiment, config, engine, runs, flop, flopDone, ...speed, runDirectory });
}

const mapValues = <T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

function showPlan({ runs, runDirectory }: PlanResult<object>, cost: CostEstimate): void {
  const row = (name: string, planned: { runs: number; done: number; flop: number }) =>
    [name, planned.runs, planned.done, Number((planned.flop / 1e12).toPrecision(3))].map(String);
  const rows = runs.map((part) => row(part.name, part));
  // the sum of one row is the row
  const sum = rows.length > 1 ? [row("in all", cost)] : [];
  print(alignedTable(["", "runs", "of them done", "TFLOP"], [...rows, ...sum]));
  print(`\n${costLines(cost).join("\n")}`);
  print(`run folder: ${runDirectory}`);
}
