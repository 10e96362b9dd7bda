/** Does the unfinished jobs of an experiment in worker processes, and appends their rows. */
import { engineRecord, isDeviceError } from "../../engines";
import { progressMeter, type Row, runPool } from "../../runs";
import { isCheckpointError } from "../../train";
import { compiledModule, isDiskFull, removeFolder, sumOf } from "../../util";
import type { RunContext } from "../types";
import { type CheckpointPlace, checkpointPlace, removeCheckpoint, removeUnfinished, shareDone } from "./checkpoint";
import { loadImages, provenanceOf } from "./data";
import { recordEngine } from "./engine";
import {
  bundlesOf,
  costOfJobs,
  type Job,
  type JobsConfig,
  type JobsExperiment,
  overJobs,
  processes,
  type WorkerInit,
} from "./jobs";

/**
 * A bundle in which a job is missing is done as a whole: a GPU's kernels may sum in another order for another number of networks,
 * so a row is computed together with the networks that it would have had without a break. Only missing rows are appended. An
 * unfinished job continues from its checkpoint.
 * @throws the error of a device that failed: its jobs are done when the experiment is run again
 */
export async function runJobs<C extends JobsConfig, S, R extends Row, J extends Job>(
  experiment: JobsExperiment<C, S, R, J>,
  config: C,
  context: RunContext<R>,
): Promise<void> {
  const { store, signal, dataDirectory, log } = context;
  const engine = engineRecord(config.engine).describe({ threads: 1 });
  const { split, images } = experiment.images(config);
  const dataset = provenanceOf(await loadImages(config.dataset, split, images, context));
  const workers = processes(engine, context.workers);
  store.record({ dataset, engine: config.engine, threads: 1, workers });

  const bundled = await order(experiment, config, context);
  if (bundled.left.length > 0) recordEngine(store, engine.settings, log);
  const checkpoints = checkpointPlace(context);
  const keep = bookkeeping(experiment, bundled, checkpoints, context);
  try {
    await runPool<J[], R[]>({
      module: compiledModule(`experiments/${experiment.folder}/worker`),
      workers,
      jobs: bundled.left,
      init: { config, dataDirectory, checkpoints } satisfies WorkerInit<C>,
      signal,
      onResult: keep,
      onDeath: (how) => log(`worker process: ended in the middle of its job (${how}), which is done again`),
      onError(error, some) {
        // not the run's own fault
        if (isDeviceError(error) || isCheckpointError(error) || isDiskFull(error)) throw error;
        const rows = some.flatMap((job) => experiment.failed(job, error.message, config));
        keep(rows, some);
      },
    });
  } finally {
    removeUnfinished(checkpoints);
  }
  removeFolder(checkpoints.folder);
}

/** Says which jobs continue from a checkpoint. The function that it gives keeps the rows of a bundle and reports the progress. */
function bookkeeping<C extends JobsConfig, S, R extends Row, J extends Job>(
  { jobKey, label, rows: schema }: JobsExperiment<C, S, R, J>,
  { all, left, missing, cost }: Awaited<ReturnType<typeof order<C, S, R, J>>>,
  checkpoints: CheckpointPlace,
  { store, progress, log }: RunContext<R>,
): (rows: readonly R[], some: J[]) => void {
  const keyOf = ([first]: readonly J[]) => jobKey(first!);
  const labelOf = ([first]: readonly J[]) => label(first!);
  const shares = new Map(left.map((some) => [some, shareDone(checkpoints, keyOf(some))]));
  for (const [some, share] of shares)
    if (share > 0)
      log(`continuing where it stopped: ${labelOf(some)}, run ${some[0]!.trial + 1}, ${percent(share)} done`);
  const costLeft = (some: J[]) => cost(some) * (1 - shares.get(some)!);
  const [total, totalCost] = [sumOf(all, ({ length }) => length), sumOf(all, cost)];
  const meter = progressMeter(total, total - sumOf(left, missing), {
    totalCost,
    doneCost: totalCost - sumOf(left, costLeft),
  });
  progress(meter.current());
  return (rows, some) => {
    for (const row of rows) if (!store.has(schema.key(row))) store.append(row);
    removeCheckpoint(checkpoints, keyOf(some));
    progress(meter.advance({ units: missing(some), cost: costLeft(some), label: labelOf(some) }));
  };
}

/**
 * All bundles of jobs, the remaining ones in the order in which they start, how many jobs of a bundle are unfinished, and what
 * bundles cost relative to one another.
 */
async function order<C extends JobsConfig, S, R extends Row, J extends Job>(
  experiment: JobsExperiment<C, S, R, J>,
  config: C,
  context: RunContext<R>,
) {
  const { jobKey, longestFirst = false } = experiment;
  const cost = await costOfJobs(experiment, config, context);
  const over = overJobs(experiment, config, context.store.rows);
  const all = bundlesOf(experiment, config, context.share);
  const missing = (some: readonly J[]) => some.filter((job) => !over.has(jobKey(job))).length;
  const left = all.filter((some) => missing(some) > 0);
  return { all, left: longestFirst ? left.sort((a, b) => cost(b) - cost(a)) : left, missing, cost };
}

const percent = (share: number) => `${Math.floor(100 * share)} %`;
