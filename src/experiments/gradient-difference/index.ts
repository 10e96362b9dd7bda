/**
 * On how many mini-batches does the value of ReLU'(0) change the gradient of a freshly drawn network, and by how much? Bertoin, Bolte,
 * Gerchinovitz and Pauwels (2021), section 3, whose numbers for it are not in the repository that they published.
 *
 * A run is an initialisation; it sees every mini-batch of the pass and stops nowhere. A row is a run under a chain rule.
 */
import { dataSource, loadDataset } from "../../data";
import { engineRecord } from "../../engines";
import { precisionOf } from "../../formats";
import { size } from "../../ir";
import { fail } from "../../util";
import { checkCount, datasetName, provenanceOf, splitCount } from "../common/data";
import { resolveEngine } from "../common/engine";
import { processes, runJobs } from "../common/jobs";
import { runsIn } from "../common/keys";
import type { DataContext, Experiment, Plan, PlanContext, RunContext } from "../types";
import { type GradientDifferenceConfig, presets, schema } from "./config";
import { compareRows, flop, type Job, jobs, keysOf, rowKey } from "./runs";
import { type GradientDifferenceSummary, summarize } from "./summary";
import { failed } from "./tally";

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
  const name = await datasetName(config.dataset, place);
  const { precisions, images, batchSize } = config;
  for (const precision of precisions) runsIn(config.runs, precision);
  const engine = await resolveEngine(config.engine, { precisions, log: place.log });
  checkCount("images", images, splitCount(name, "train", place), name);
  if (batchSize > images) fail("batchSize", `must be at most the ${images} images of the pass`, batchSize);
  return { ...config, dataset: name, engine };
}

async function plan(config: GradientDifferenceConfig, { rows, workers }: PlanContext): Promise<Plan> {
  const { shape, classes } = dataSource(config.dataset);
  const each = flop(config, size(shape), classes);
  const runs = config.precisions.map((precision) => {
    const all = runsIn(config.runs, precision);
    const own = rows.filter((row) => row.precision === precision && row.chainRule === config.chainRules.at(-1));
    const amount = { runs: all, done: own.length, flop: all * each, flopDone: own.length * each };
    return {
      name: `${precisionOf(precision).label}, both sweeps behind a zero`,
      format: precisionOf(precision).format,
      ...amount,
    };
  });
  return { runs, threads: Math.max(1, processes(engineRecord(config.engine).describe({}), workers)) };
}

async function run(config: GradientDifferenceConfig, context: RunContext): Promise<void> {
  const { store, dataDirectory: directory, log } = context;
  const engine = engineRecord(config.engine).describe({ threads: 1 });
  const dataset = await loadDataset(config.dataset, { split: "train", count: config.images, directory, log });
  const workers = processes(engine, context.workers);
  store.record({ dataset: provenanceOf(dataset), engine: config.engine, threads: 1, workers });

  const all = jobs(config);
  const { dataset: name, width, depth, chainRules } = config;
  await runJobs<Job>(
    {
      folder: "gradient-difference",
      config,
      engine,
      all,
      left: all.filter((job) => !keysOf(job, config).every((key) => store.has(key))),
      cost: ({ precision }) => precisionOf(precision).price,
      label: ({ precision }) => `${precisionOf(precision).label}`,
      jobKey: ({ precision, trial }) => `${precision}/${trial}`,
      key: rowKey,
      failed: (job, reason) =>
        chainRules.map((chainRule) => ({ dataset: name, width, depth, chainRule, ...job, ...failed(reason) })),
    },
    context,
  );
}
