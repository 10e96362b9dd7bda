/**
 * The paper's introduction, Figure 1: does it matter for training which number is put at ReLU'(0)? In exact arithmetic it
 * cannot. Networks from one start, shown the same mini-batches, are trained with ReLU'(0) = 1, 0 and 0 again.
 *
 * A row is an iteration of one run in one precision. The published figure records the distance before the update and the
 * pre-activations of the first hidden layer only; here it is the distance behind the update, so that a zero and its effect
 * stand in one row, and all hidden layers.
 */
import { isDeviceError } from "../../engines";
import { progressMeter, type Row, runPool } from "../../runs";
import { compiledModule } from "../../util";
import { describeEngine, recordEngine } from "../engine";
import type { Experiment, RunContext } from "../types";
import { presets, type SurpriseConfig, schema } from "./config";
import { loadPass, resolveCourse } from "./resolve";
import { failed, type Job } from "./simulate";
import { type SurpriseSummary, summarize } from "./summary";
import type { WorkerInit } from "./worker";

export type { PlaneConfig, SurpriseConfig } from "./config";
export type { RunSummary, SurpriseSummary } from "./summary";
export { type PlaneSummary, zonePlane } from "./zone-plane";

export const surprise: Experiment<SurpriseConfig, SurpriseSummary> = {
  name: "surprise",
  title: "Does ReLU'(0) change the weights?",
  summary: "distance of networks trained with ReLU'(0) = 1 and 0, iteration by iteration, with a control",
  source: "Bertoin et al. 2021, introduction, Figure 1",
  schema,
  presets,
  resolve: (config, context) => resolveCourse(config, config.precisions, context),
  key: (row) => [row.precision, row.trial, row.iteration].join("/"),
  run,
  order: compare,
  summarize,
};

async function run(config: SurpriseConfig, context: RunContext): Promise<void> {
  const { store, signal, progress, dataDirectory, log } = context;
  await loadPass(config, context);
  const engine = await describeEngine(config.engine, { threads: 1 });
  const all = jobs(config);
  const over = new Set(store.rows.filter((row) => row.outcome !== "running").map(jobKey));
  const left = all.filter((job) => !over.has(jobKey(job)));
  if (left.length > 0) recordEngine(store, engine.settings, log);
  const cost = (some: readonly Job[]) => some.reduce((sum, { precision }) => sum + PRICE[precision], 0);
  const doneCost = cost(all) - cost(left);
  const meter = progressMeter(all.length, all.length - left.length, { totalCost: cost(all), doneCost });
  progress(meter.current());
  // of a run that was broken off, only what was missing
  const keep = (rows: readonly Row[], job: Job) => {
    for (const row of rows) if (!store.has(surprise.key(row))) store.append(row);
    progress(meter.advance({ cost: PRICE[job.precision], label: `${job.precision} bits, run ${job.trial + 1}` }));
  };
  const init: WorkerInit = { config, dataDirectory };
  await runPool<Job, Row[]>({
    module: compiledModule("experiments/surprise/worker"),
    workers: engine.sharedDevice ? Math.min(context.workers, 1) : context.workers,
    jobs: left,
    init,
    signal,
    onResult: keep,
    onError(error, job) {
      // not the run's own fault: it is done when the experiment is run again
      if (isDeviceError(error)) throw error;
      keep([failed(config.dataset, job, error.message)], job);
    },
  });
}

/** Seconds of a run, relative to 32 bits. */
const PRICE = { 16: 1.3, 32: 1, 64: 2 } as const;

/** The dearest first, so that no process is left with one of them at the end. */
const jobs = ({ precisions, runs }: SurpriseConfig): Job[] =>
  [...precisions]
    .sort((a, b) => PRICE[b] - PRICE[a])
    .flatMap((precision) => Array.from({ length: runs }, (_, trial) => ({ precision, trial })));

const jobKey = ({ precision, trial }: Row | Job) => `${precision}/${trial}`;

function compare(a: Row, b: Row): number {
  for (const column of ["precision", "trial", "iteration"]) {
    const difference = (a[column] as number) - (b[column] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
