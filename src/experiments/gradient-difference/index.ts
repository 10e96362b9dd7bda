/**
 * On how many mini-batches does the value of ReLU'(0) change the gradient of a freshly drawn network, and by how much? Bertoin, Bolte,
 * Gerchinovitz and Pauwels (2021), section 3, whose numbers for it are not in the repository that they published.
 *
 * A run is an initialisation; it sees every mini-batch of the pass and stops nowhere. A row is a run under a chain rule.
 */
import { dataSource, loadDataset, resolveDataset } from "../../data";
import { isDeviceError } from "../../engines";
import { formatOfBits } from "../../formats";
import { type ProgressMeter, progressMeter, type Row, runPool } from "../../runs";
import { compiledModule, fail } from "../../util";
import { describeEngine, recordEngine, resolveEngine } from "../engine";
import { type DataContext, splitCount } from "../training/data";
import { checkCount } from "../training/resolve";
import type { Experiment, Plan, PlanContext, RunContext } from "../types";
import { type GradientDifferenceConfig, presets, schema } from "./config";
import { compareRows, flop, type Job, jobs, keysOf, PRICE, rowKey, runsOf } from "./runs";
import { type GradientDifferenceSummary, summarize } from "./summary";
import { failed } from "./tally";
import type { WorkerInit } from "./worker";

export type { GradientDifferenceConfig } from "./config";
export type { DifferenceCell, GradientDifferenceSummary, Quantiles, Share } from "./summary";

export const gradientDifference: Experiment<GradientDifferenceConfig, GradientDifferenceSummary> = {
  name: "gradient-difference",
  title: "By how much does ReLU'(0) change the gradient?",
  summary: "share of mini-batches whose gradient depends on ReLU'(0), and the size of the difference, by precision",
  source: "Bertoin et al. 2021, section 3",
  schema,
  presets,
  resolve,
  plan,
  key: rowKey,
  run,
  order: compareRows,
  summarize,
};

async function resolve(config: GradientDifferenceConfig, place: DataContext): Promise<GradientDifferenceConfig> {
  const { dataDirectory: directory, log } = place;
  const { name } = await resolveDataset(config.dataset, { directory, log });
  const { precisions, images, batchSize } = config;
  const engine = await resolveEngine(config.engine, { precisions, formatOf: formatOfBits, log });
  checkCount("images", images, splitCount(name, "train", place), name);
  if (batchSize > images) fail("batchSize", `must be at most the ${images} images of the pass`, batchSize);
  return { ...config, dataset: name, engine };
}

async function plan(config: GradientDifferenceConfig, { rows, workers }: PlanContext): Promise<Plan> {
  const { shape, classes } = dataSource(config.dataset);
  const each = flop(
    config,
    shape.reduce((product, n) => product * n, 1),
    classes,
  );
  const runs = config.precisions.map((precision) => {
    const all = runsOf(config, precision);
    const own = rows.filter((row) => row.precision === precision && row.chainRule === config.chainRules.at(-1));
    const amount = { runs: all, done: own.length, flop: all * each, flopDone: own.length * each };
    return { name: `${precision} bits, both sweeps behind a zero`, format: formatOfBits(precision), ...amount };
  });
  const { sharedDevice } = await describeEngine(config.engine);
  return { runs, threads: sharedDevice ? 1 : Math.max(1, workers) };
}

async function run(config: GradientDifferenceConfig, context: RunContext): Promise<void> {
  const { store, signal, progress, dataDirectory: directory, log } = context;
  const engine = await describeEngine(config.engine, { threads: 1 });
  const workers = engine.sharedDevice ? Math.min(context.workers, 1) : context.workers;
  const dataset = await loadDataset(config.dataset, { split: "train", count: config.images, directory, log });
  const { name, description, files, count } = dataset;
  const provenance = { name, description, files, count, split: "train" };
  store.record({ dataset: provenance, engine: config.engine, threads: 1, workers });

  const all = jobs(config);
  const left = all.filter((job) => !keysOf(job, config).every((key) => store.has(key)));
  if (left.length > 0) recordEngine(store, engine.settings, log);
  const total = (some: readonly Job[]) => some.reduce((sum, { precision }) => sum + PRICE[precision], 0);
  const costs = { totalCost: total(all), doneCost: total(all) - total(left) };
  const meter: ProgressMeter = progressMeter(all.length, all.length - left.length, costs);
  progress(meter.current());
  const keep = (rows: readonly Row[], { precision }: Job) => {
    for (const row of rows) if (!store.has(rowKey(row))) store.append(row);
    progress(meter.advance({ cost: PRICE[precision], label: `${precision} bits` }));
  };
  const init: WorkerInit = { config, dataDirectory: directory };
  await runPool<Job, Row[]>({
    module: compiledModule("experiments/gradient-difference/worker"),
    workers,
    jobs: left,
    init,
    signal,
    onResult: keep,
    onError(error, job) {
      // not the run's own fault: it is done when the experiment is run again
      if (isDeviceError(error)) throw error;
      const { dataset: name, width, depth, chainRules } = config;
      const rows = chainRules.map((chainRule) => ({ dataset: name, width, depth, chainRule, ...job }));
      keep(
        rows.map((row) => ({ ...row, ...failed(error.message) })),
        job,
      );
    },
  });
}
