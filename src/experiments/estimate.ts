/** What a plan costs: its arithmetic, and how long its matrix products take at the speed that they have here and now. */
import { createEngine, type Engine } from "../engines";
import { formatRange, type Range, sumOf } from "../util";
import { measureRates } from "./rate";
import type { Plan, PlannedRuns } from "./types";

export interface CostEstimate {
  /** Runs in all, and how many of them are done. */
  readonly runs: number;
  readonly done: number;
  /** Floating-point operations in all, and how many of them are done. */
  readonly flop: number;
  readonly flopDone: number;
  /** Operations per second of matrix products, by format: the slowest and the fastest of several measurements. */
  readonly rates: Readonly<Record<string, Range>>;
  /** Where they were measured. */
  readonly place: string;
  /** Time that the remaining products take at those speeds. Everything else comes on top. If the plan is an upper bound, so is this. */
  readonly seconds: Range;
}

/** Measures for about two seconds per format. @param engineId default: the default engine */
export async function estimateCost({ runs, threads }: Plan, engineId?: string): Promise<CostEstimate> {
  const engine = createEngine(engineId, { threads });
  const rates: Record<string, Range> = {};
  try {
    for (const { format } of runs) rates[format] ??= await measureRates(engine, format);
  } finally {
    await engine.dispose();
  }
  return {
    runs: sumOf(runs, (some) => some.runs),
    done: sumOf(runs, (some) => some.done),
    flop: sumOf(runs, (some) => some.flop),
    flopDone: sumOf(runs, (some) => some.flopDone),
    rates,
    place: placeOf(engine, threads),
    seconds: secondsAt(rates, runs),
  };
}

/** Time that the products which are left take at the fastest and the slowest of the speeds. */
export function secondsAt(rates: CostEstimate["rates"], runs: readonly PlannedRuns[]): Range {
  const at = (speed: (rates: Range) => number) =>
    sumOf(runs, ({ format, flop, flopDone }) => (flop - flopDone) / speed(rates[format]!));
  return [at(([, fastest]) => fastest), at(([slowest]) => slowest)];
}

/** Where an engine computes: its device or its library, as it says itself; else the number of threads. */
function placeOf({ settings }: Pick<Engine, "settings">, threads: number): string {
  const { adapter, device, package: library } = settings;
  return String(adapter ?? device ?? library ?? `${threads} ${threads === 1 ? "thread" : "threads"}`);
}

/** The estimate in a few lines. */
export function costLines({ runs, done, flop, flopDone, rates, place, seconds }: CostEstimate): string[] {
  const speeds = Object.entries(rates).map(([format, range]) => `${speedText(range)} in ${format}`);
  return [
    `${runs} ${runs === 1 ? "run" : "runs"}, ${done} of them done; ${tera(flop)} in all, ${tera(flop - flopDone)} left`,
    `matrix products here, on ${place}: ${speeds.join(", ")}`,
    `at the fastest and the slowest of these speeds the remaining products take ${formatRange(seconds)}; everything else comes on top`,
    ...(Object.values(rates).some(isUnsteady) ? [UNSTEADY] : []),
  ];
}

/** Speeds so far apart come from other work on the machine, not from the measurement. */
const isUnsteady = ([slowest, fastest]: Range) => fastest > 2 * slowest;
const UNSTEADY =
  "the speed changes a lot from one second to the next, other programs are running: ask again when they are done";

function speedText(range: Range): string {
  const [slowest, fastest] = range.map((rate) => digits(rate / 1e9));
  return slowest === fastest ? `${fastest} GFLOP/s` : `${slowest} to ${fastest} GFLOP/s`;
}

const digits = (x: number) => String(Number(x.toPrecision(3)));
const tera = (flop: number) => `${digits(flop / 1e12)} TFLOP`;
