/**
 * How many pre-activations are exactly zero while a perceptron is trained? Bertoin, Bolte, Gerchinovitz and Pauwels (2021),
 * section 4 and appendix. Counted in the training step itself: a row is an epoch and a hidden layer.
 *
 * A training that was broken off is done again from its start. One thread a training, so that the rows do not depend on how many run.
 */
import { dataSource, loadDataset, resolveDataset } from "../../data";
import { isDeviceError } from "../../engines";
import { formatOfBits } from "../../formats";
import { progressMeter, type Row, runPool } from "../../runs";
import { compiledModule, fail } from "../../util";
import { describeEngine, recordEngine, resolveEngine } from "../engine";
import { type DataContext, splitCount } from "../training/data";
import { checkCount } from "../training/resolve";
import type { Experiment, Plan, PlanContext, RunContext } from "../types";
import { presets, schema, type ZerosConfig } from "./config";
import { cellKey, cells, compareRows, cost, finished, flop, type Job, jobKey, jobs, rowKey } from "./runs";
import { summarize, type ZerosSummary } from "./summary";
import { failedRow } from "./unit";
import type { WorkerInit } from "./worker";

export type { ZerosConfig } from "./config";
export { type Count, poolZeros, type ZerosCell, type ZerosSummary } from "./summary";

export const zeros: Experiment<ZerosConfig, ZerosSummary> = {
  name: "zeros",
  title: "How many pre-activations are exactly zero?",
  summary: "exact zeros among the ReLU calls of a training, by architecture, precision, epoch and layer",
  source: "Bertoin et al. 2021, section 4",
  schema,
  presets,
  resolve,
  plan,
  key: rowKey,
  run,
  order: compareRows,
  summarize,
};

async function resolve(config: ZerosConfig, place: DataContext): Promise<ZerosConfig> {
  const { dataDirectory: directory, log } = place;
  const { name } = await resolveDataset(config.dataset, { directory, log });
  const { precisions } = config;
  const engine = await resolveEngine(config.engine, { precisions, formatOf: formatOfBits, log });
  const most = splitCount(name, "train", place);
  checkCount("images", config.images, most, name);
  checkCount("testImages", config.testImages, splitCount(name, "test", place), name);
  checkLastBatch(config.batchSize, config.images ?? most);
  return { ...config, dataset: name, engine };
}

/** In a mini-batch of a few images, a zero by accident might be taken for a dead unit. */
const FEWEST = 8;

function checkLastBatch(batchSize: number, images: number): void {
  const least = images % batchSize || batchSize;
  const rule = `must leave each mini-batch of the ${images} images ${FEWEST} images or more`;
  if (least < FEWEST) fail("batchSize", rule, batchSize);
}

async function plan(config: ZerosConfig, place: PlanContext): Promise<Plan> {
  const source = dataSource(config.dataset);
  const images = config.images ?? splitCount(config.dataset, "train", place);
  const features = source.shape.reduce((product, n) => product * n, 1);
  const over = finished(place.rows);
  const all = jobs(config);
  const runs = cells(config).map((cell) => {
    const done = all.filter((job) => cellKey(job) === cellKey(cell) && over.has(jobKey(job))).length;
    const each = config.epochs * flop(cell, features, source.classes, images);
    const { precision, width, depth } = cell;
    const name = `${precision} bits, ${depth} × ${width}`;
    const format = formatOfBits(precision);
    return { name, format, runs: config.runs, done, flop: config.runs * each, flopDone: done * each };
  });
  const { sharedDevice } = await describeEngine(config.engine);
  return { runs, threads: sharedDevice ? 1 : Math.max(1, place.workers) };
}

async function run(config: ZerosConfig, context: RunContext): Promise<void> {
  const { store, signal, progress, dataDirectory, log } = context;
  const engine = await describeEngine(config.engine, { threads: 1 });
  const workers = engine.sharedDevice ? Math.min(context.workers, 1) : context.workers;
  const count = config.images ?? undefined;
  const dataset = await loadDataset(config.dataset, { split: "train", count, directory: dataDirectory, log });
  const { name, description, files } = dataset;
  const provenance = { name, description, files, count: dataset.count, split: "train" };
  store.record({ dataset: provenance, engine: config.engine, threads: 1, workers });

  const all = jobs(config);
  const over = finished(store.rows);
  const left = all.filter((job) => !over.has(jobKey(job)));
  if (left.length > 0) recordEngine(store, engine.settings, log);
  const total = (some: readonly Job[]) => some.reduce((sum, job) => sum + cost(job, dataset.count), 0);
  const costs = { totalCost: total(all), doneCost: total(all) - total(left) };
  const meter = progressMeter(all.length, all.length - left.length, costs);
  progress(meter.current());
  const keep = (rows: readonly Row[], job: Job) => {
    for (const row of rows) if (!store.has(rowKey(row))) store.append(row);
    const label = `${job.precision} bits, ${job.depth} × ${job.width}`;
    progress(meter.advance({ cost: cost(job, dataset.count), label }));
  };
  const init: WorkerInit = { config, dataDirectory };
  await runPool<Job, Row[]>({
    module: compiledModule("experiments/zeros/worker"),
    workers,
    // the longest first, so that no worker is left alone with one at the end
    jobs: left.sort((a, b) => cost(b, dataset.count) - cost(a, dataset.count)),
    init,
    signal,
    onResult: keep,
    onError(error, job) {
      // not the run's own fault: it is done when the experiment is run again
      if (isDeviceError(error)) throw error;
      keep([failedRow(job, config.dataset, error.message)], job);
    },
  });
}
