/** What experiments have in common whose runs are jobs for worker processes: one folder's `worker.ts` turns a job into rows. */
import { rmSync } from "node:fs";
import { type Description, type Engine, isDeviceError } from "../../engines";
import { progressMeter, type Row, runPool } from "../../runs";
import { isCheckpointError } from "../../train";
import { compiledModule } from "../../util";
import type { RunContext } from "../types";
import { type CheckpointPlace, checkpointPlace, removeCheckpoint, removeUnfinished, shareDone } from "./checkpoint";
import { recordEngine } from "./engine";

/** Worker processes: one alone where they would share a device. */
export const processes = ({ sharedDevice }: Pick<Engine, "sharedDevice">, workers: number): number =>
  sharedDevice ? Math.min(workers, 1) : workers;

/** What a worker is begun with. */
export interface WorkerInit<Config> {
  readonly config: Config;
  readonly dataDirectory?: string;
  /** For the states of jobs under way. */
  readonly checkpoints: CheckpointPlace;
}

export interface Jobs<Job> {
  /** The folder of the experiment. */
  readonly folder: string;
  /** What the workers are given: the configuration, its engine as `describeEngine` has it. */
  readonly config: object;
  readonly engine: Description;
  readonly all: readonly Job[];
  /** What of it is not done, in the order in which it is begun. */
  readonly left: readonly Job[];
  /** Relative to other jobs. */
  readonly cost: (job: Job) => number;
  readonly label: (job: Job) => string;
  /** What tells it from all other jobs, and names its checkpoint. */
  readonly jobKey: (job: Job) => string;
  readonly key: (row: Row) => string;
  /** The rows of a job that broke off, and why. */
  readonly failed: (job: Job, reason: string) => readonly Row[];
}

/**
 * Does what is left and appends its rows, of a job that was done in part only what was missing. A job that was under way goes on
 * from its checkpoint.
 * @throws the error of a device that failed: what it was doing is done when the experiment is run again
 */
export async function runJobs<Job>(jobs: Jobs<Job>, context: RunContext): Promise<void> {
  const { folder, config, engine, all, left, cost, label, jobKey, key, failed } = jobs;
  const { store, signal, progress, dataDirectory, log } = context;
  if (left.length > 0) recordEngine(store, engine.settings, log);
  const checkpoints = checkpointPlace(context);
  const underWay = new Map(left.map((job) => [job, shareDone(checkpoints, jobKey(job))]));
  for (const [job, share] of underWay)
    if (share > 0) log(`going on where it stopped: ${label(job)}, ${percent(share)} done`);
  const costLeft = (job: Job) => cost(job) * (1 - underWay.get(job)!);
  const total = (some: readonly Job[], of: (job: Job) => number) => some.reduce((sum, job) => sum + of(job), 0);
  const totalCost = total(all, cost);
  const doneCost = totalCost - total(left, costLeft);
  const meter = progressMeter(all.length, all.length - left.length, { totalCost, doneCost });
  progress(meter.current());
  const keep = (rows: readonly Row[], job: Job) => {
    for (const row of rows) if (!store.has(key(row))) store.append(row);
    removeCheckpoint(checkpoints, jobKey(job));
    progress(meter.advance({ cost: costLeft(job), label: label(job) }));
  };
  try {
    await runPool<Job, Row[]>({
      module: compiledModule(`experiments/${folder}/worker`),
      workers: processes(engine, context.workers),
      jobs: left,
      init: { config, dataDirectory, checkpoints } satisfies WorkerInit<object>,
      signal,
      onResult: keep,
      onError(error, job) {
        // not the run's own fault
        if (isDeviceError(error) || isCheckpointError(error)) throw error;
        keep(failed(job, error.message), job);
      },
    });
  } finally {
    removeUnfinished(checkpoints);
  }
  rmSync(checkpoints.folder, { recursive: true, force: true });
}

const percent = (share: number) => `${Math.floor(100 * share)} %`;

/** Canonical order of rows by columns, the first one first: numbers by size and before texts, texts by their letters. */
export const byColumns =
  (...columns: readonly string[]) =>
  (a: Row, b: Row): number => {
    for (const column of columns) {
      const order = compare(a[column], b[column]);
      if (order !== 0) return order;
    }
    return 0;
  };

function compare(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  if (typeof a === "string") return a < (b as string) ? -1 : Number(a !== b);
  return Number(a) - Number(b);
}
