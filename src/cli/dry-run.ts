/** `nonsmooth run --dry-run`: what a run would compute, what of it is done, and a rough lower estimate of the time. */
import { createEngine, type Engine } from "../engines";
import { type PlannedRuns, type PlanResult, planExperiment } from "../experiments";
import type { FormatName } from "../formats";
import { formatDuration } from "../notebook";
import { NonsmoothError } from "../util";
import { EXIT, Exit, plural, print, printJson } from "./exit";
import { untilInterrupted } from "./interrupt";
import { type LaunchOptions, readOptions } from "./launch";
import { measureRate } from "./rate";
import { summaryText } from "./summary";

/** @throws Exit with code 2 for what could not be run */
export async function dryRun(name: string, options: LaunchOptions & { readonly json?: boolean }): Promise<void> {
  const { chosen, runOptions } = readOptions(name, options);
  const { plan, rates, place } = await untilInterrupted(async () => {
    try {
      const found = await planExperiment(chosen, runOptions);
      return { plan: found, ...(await measureRates(found)) };
    } catch (error) {
      throw error instanceof NonsmoothError ? new Exit(EXIT.usage, error) : error;
    }
  });
  const seconds = sum(plan.runs, ({ format, flop, flopDone }) => (flop - flopDone) / rates[format]!);
  if (options.json) printPlan(plan, rates, seconds);
  else showPlan(plan, rates, place, seconds);
}

type Rates = Readonly<Partial<Record<FormatName, number>>>;

const engineOf = ({ config }: PlanResult<object>) => (config as { engine?: string }).engine;
const sum = (runs: readonly PlannedRuns[], of: (run: PlannedRuns) => number) =>
  runs.reduce((total, run) => total + of(run), 0);

async function measureRates(plan: PlanResult<object>): Promise<{ rates: Rates; place: string }> {
  const engine = createEngine(engineOf(plan), { threads: plan.threads });
  const rates: Partial<Record<FormatName, number>> = {};
  try {
    for (const { format } of plan.runs) rates[format] ??= await measureRate(engine, format);
  } finally {
    await engine.dispose();
  }
  return { rates, place: placeOf(engine, plan) };
}

/** Where an engine computes: its device or its library, as it says itself; for the others threads are all there is to say. */
function placeOf({ settings }: Pick<Engine, "settings">, { threads }: PlanResult<object>): string {
  const { adapter, device, package: library } = settings;
  return String(adapter ?? device ?? library ?? plural(threads, "thread"));
}

function printPlan(plan: PlanResult<object>, rates: Rates, seconds: number): void {
  const { experiment, config, runDirectory, runs } = plan;
  const flop = sum(runs, (run) => run.flop);
  const flopDone = sum(runs, (run) => run.flopDone);
  const engine = engineOf(plan) ?? null;
  printJson({ experiment, config, engine, runs, flop, flopDone, rates, seconds, runDirectory });
}

function showPlan({ runs, runDirectory }: PlanResult<object>, rates: Rates, place: string, seconds: number): void {
  const table = runs.map((run) => ({ what: run.name, runs: run.runs, done: run.done, TFLOP: run.flop / 1e12 }));
  print(summaryText(table, process.stdout.columns ?? 120));
  const [all, over] = [sum(runs, (run) => run.runs), sum(runs, ({ done }) => done)];
  const [flop, flopDone] = [sum(runs, (run) => run.flop), sum(runs, (run) => run.flopDone)];
  const speeds = Object.entries(rates).map(([format, rate]) => `${digits(rate / 1e9)} GFLOP/s in ${format}`);
  print(`\n${plural(all, "run")}, ${over} of them done; ${tera(flop)} in all, ${tera(flop - flopDone)} left`);
  print(`matrix products here, on ${place}: ${speeds.join(", ")}`);
  print(`a rough lower estimate of the time left: ${formatDuration(seconds)}, were all of it such products`);
  print(`run folder: ${runDirectory}`);
}

const digits = (x: number) => String(Number(x.toPrecision(3)));
const tera = (flop: number) => `${digits(flop / 1e12)} TFLOP`;
