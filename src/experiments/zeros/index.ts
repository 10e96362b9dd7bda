/**
 * How many pre-activations are exactly zero while a perceptron is trained? Bertoin, Bolte, Gerchinovitz and Pauwels (2021),
 * section 4 and appendix. Counted in the training step itself: a row is an epoch and a hidden layer.
 *
 * One thread a training, so that the rows do not depend on how many run.
 */

import { dataSource, loadDataset } from "../../data";
import { engineRecord } from "../../engines";
import { precisionOf } from "../../formats";
import { size } from "../../ir";
import { fail } from "../../util";
import { checkCount, datasetName, provenanceOf, splitCount } from "../common/data";
import { resolveEngine } from "../common/engine";
import { processes, runJobs } from "../common/jobs";
import type { DataContext, Experiment, Plan, PlanContext, RunContext } from "../types";
import { presets, schema, type ZerosConfig } from "./config";
import { cellKey, cells, compareRows, cost, finished, flop, type Job, jobKey, jobs, rowKey } from "./runs";
import { summarize, type ZerosSummary } from "./summary";
import { failedRow } from "./unit";

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
  const name = await datasetName(config.dataset, place);
  const { precisions } = config;
  const engine = await resolveEngine(config.engine, { precisions, log: place.log });
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
  const features = size(source.shape);
  const over = finished(place.rows);
  const all = jobs(config);
  const runs = cells(config).map((cell) => {
    const done = all.filter((job) => cellKey(job) === cellKey(cell) && over.has(jobKey(job))).length;
    const each = config.epochs * flop(cell, features, source.classes, images);
    const { precision, width, depth } = cell;
    const name = `${precisionOf(precision).label}, ${depth} × ${width}`;
    const format = precisionOf(precision).format;
    return { name, format, runs: config.runs, done, flop: config.runs * each, flopDone: done * each };
  });
  return { runs, threads: Math.max(1, processes(engineRecord(config.engine).describe({}), place.workers)) };
}

async function run(config: ZerosConfig, context: RunContext): Promise<void> {
  const { store, dataDirectory: directory, log } = context;
  const engine = engineRecord(config.engine).describe({ threads: 1 });
  const dataset = await loadDataset(config.dataset, {
    split: "train",
    count: config.images ?? undefined,
    directory,
    log,
  });
  const workers = processes(engine, context.workers);
  store.record({ dataset: provenanceOf(dataset), engine: config.engine, threads: 1, workers });

  const all = jobs(config);
  const over = finished(store.rows);
  const costOf = (job: Job) => cost(job, dataset.count);
  await runJobs<Job>(
    {
      folder: "zeros",
      config,
      engine,
      all,
      // the longest first, so that no worker is left alone with one at the end
      left: all.filter((job) => !over.has(jobKey(job))).sort((a, b) => costOf(b) - costOf(a)),
      cost: costOf,
      label: ({ precision, depth, width }) => `${precisionOf(precision).label}, ${depth} × ${width}`,
      jobKey,
      key: rowKey,
      failed: (job, reason) => [failedRow(job, config.dataset, reason)],
    },
    context,
  );
}
