/** What experiments have in common whose runs are jobs for worker processes: one folder's `worker.ts` turns a job into rows. */
import { type Engine, isDeviceError } from "../engines";
import { progressMeter, type Row, runPool } from "../runs";
import { compiledModule } from "../util";
import { type describeEngine, recordEngine } from "./engine";
import type { RunContext } from "./types";

/** Worker processes: one alone where they would share a device. */
export const processes = ({ sharedDevice }: Pick<Engine, "sharedDevice">, workers: number): number =>
  sharedDevice ? Math.min(workers, 1) : workers;

/** What a worker is begun with. */
export interface WorkerInit<Config> {
  readonly config: Config;
  readonly dataDirectory?: string;
}

export interface Jobs<Job> {
  /** The folder of the experiment. */
  readonly folder: string;
  /** What the workers are given: the configuration, its engine as `describeEngine` has it. */
  readonly config: object;
  readonly engine: Awaited<ReturnType<typeof describeEngine>>;
  readonly all: readonly Job[];
  /** What of it is not done, in the order in which it is begun. */
  readonly left: readonly Job[];
  /** Relative to other jobs. */
  readonly cost: (job: Job) => number;
  readonly label: (job: Job) => string;
  readonly key: (row: Row) => string;
  /** The rows of a job that broke off, and why. */
  readonly failed: (job: Job, reason: string) => readonly Row[];
}

/**
 * Does what is left and appends its rows, of a job that was done in part only what was missing.
 * @throws the error of a device that failed: what it was doing is done when the experiment is run again
 */
export async function runJobs<Job>(jobs: Jobs<Job>, context: RunContext): Promise<void> {
  const { folder, config, engine, all, left, cost, label, key, failed } = jobs;
  const { store, signal, progress, dataDirectory, log } = context;
  if (left.length > 0) recordEngine(store, engine.settings, log);
  const total = (some: readonly Job[]) => some.reduce((sum, job) => sum + cost(job), 0);
  const totalCost = total(all);
  const meter = progressMeter(all.length, all.length - left.length, { totalCost, doneCost: totalCost - total(left) });
  progress(meter.current());
  const keep = (rows: readonly Row[], job: Job) => {
    for (const row of rows) if (!store.has(key(row))) store.append(row);
    progress(meter.advance({ cost: cost(job), label: label(job) }));
  };
  await runPool<Job, Row[]>({
    module: compiledModule(`experiments/${folder}/worker`),
    workers: processes(engine, context.workers),
    jobs: left,
    init: { config, dataDirectory } satisfies WorkerInit<object>,
    signal,
    onResult: keep,
    onError(error, job) {
      // not the run's own fault
      if (isDeviceError(error)) throw error;
      keep(failed(job, error.message), job);
    },
  });
}

/** Canonical order of rows by columns of numbers, the first one first. */
export const byNumbers =
  (...columns: readonly string[]) =>
  (a: Row, b: Row): number => {
    for (const column of columns) {
      const difference = (a[column] as number) - (b[column] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  };
