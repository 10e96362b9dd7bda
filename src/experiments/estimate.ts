/** What a plan costs: its arithmetic, and how long its products of matrices take, at the speed that they have here and now. */
import { createEngine, type Engine } from "../engines";
import type { FormatName } from "../formats";
import { formatDuration } from "../util";
import { measureRate } from "./rate";
import type { Plan, PlannedRuns } from "./types";

export interface CostEstimate {
  /** Runs in all, and how many of them are over. */
  readonly runs: number;
  readonly done: number;
  /** Floating-point operations in all, and how many of them are done. */
  readonly flop: number;
  readonly flopDone: number;
  /** Operations in a second of products of matrices, by format. */
  readonly rates: Readonly<Partial<Record<FormatName, number>>>;
  /** Where they were measured. */
  readonly place: string;
  /** Time that the products left take at that speed; everything else comes on top, and a plan that is an upper bound is one here. */
  readonly seconds: number;
}

/** Measures for a second or so. @param engineId default: the default engine */
export async function estimateCost({ runs, threads }: Plan, engineId?: string): Promise<CostEstimate> {
  const engine = createEngine(engineId, { threads });
  const rates: Partial<Record<FormatName, number>> = {};
  try {
    for (const { format } of runs) rates[format] ??= await measureRate(engine, format);
  } finally {
    await engine.dispose();
  }
  const total = (of: (some: PlannedRuns) => number) => runs.reduce((sum, some) => sum + of(some), 0);
  return {
    runs: total((some) => some.runs),
    done: total((some) => some.done),
    flop: total((some) => some.flop),
    flopDone: total((some) => some.flopDone),
    rates,
    place: placeOf(engine, threads),
    seconds: total(({ format, flop, flopDone }) => (flop - flopDone) / rates[format]!),
  };
}

/** Where an engine computes: its device or its library, as it says itself; for the others threads are all there is to say. */
function placeOf({ settings }: Pick<Engine, "settings">, threads: number): string {
  const { adapter, device, package: library } = settings;
  return String(adapter ?? device ?? library ?? `${threads} ${threads === 1 ? "thread" : "threads"}`);
}

/** The estimate in three lines. */
export function costLines({ runs, done, flop, flopDone, rates, place, seconds }: CostEstimate): string[] {
  const speeds = Object.entries(rates).map(([format, rate]) => `${digits(rate / 1e9)} GFLOP/s in ${format}`);
  return [
    `${runs} ${runs === 1 ? "run" : "runs"}, ${done} of them done; ${tera(flop)} in all, ${tera(flop - flopDone)} left`,
    `matrix products here, on ${place}: ${speeds.join(", ")}`,
    `at that speed the products left take ${formatDuration(seconds)}; all else comes on top`,
  ];
}

const digits = (x: number) => String(Number(x.toPrecision(3)));
const tera = (flop: number) => `${digits(flop / 1e12)} TFLOP`;
