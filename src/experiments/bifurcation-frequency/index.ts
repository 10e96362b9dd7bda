/**
 * For how many initialisations does the value of ReLU'(0) change the gradient somewhere in one pass over the data?
 * Bertoin, Bolte, Gerchinovitz and Pauwels (2021), section 3: the volume of S₀₁, estimated by Monte-Carlo.
 */
import { loadDataset } from "../../data";
import { engineRecord, isDeviceError } from "../../engines";
import { precisionOf } from "../../formats";
import { type ProgressMeter, progressMeter, type Row, runPool } from "../../runs";
import { compiledModule, fail } from "../../util";
import { datasetName, provenanceOf, splitCount } from "../common/data";
import { recordEngine, resolveEngine } from "../common/engine";
import { byColumns, processes, type WorkerInit } from "../common/jobs";
import { runsIn } from "../common/keys";
import type { DataContext, Experiment, Plan, PlanContext, RunContext } from "../types";
import { type Cell, type Chunk, cellKey, cells, chunks, cost, flop, type Job, jobs, jobsOf, unfinished } from "./cells";
import { type BifurcationConfig, presets, schema } from "./config";
import { type BifurcationSummary, summarize } from "./summary";
import { columns, failed } from "./tally";

export type { BifurcationConfig } from "./config";
export type { BifurcationSummary, CellSummary } from "./summary";

export const bifurcationFrequency: Experiment<BifurcationConfig, BifurcationSummary> = {
  name: "bifurcation-frequency",
  title: "How often does ReLU'(0) change the gradient?",
  summary:
    "share of initialisations whose gradient depends on ReLU'(0) somewhere in one pass, by architecture and precision",
  source: "Bertoin et al. 2021, section 3",
  schema,
  presets,
  resolve,
  plan,
  columns,
  key: (row) => [row.precision, row.width, row.depth, row.batchSize, row.trial].join("/"),
  run,
  order: byColumns("precision", "width", "depth", "batchSize", "trial"),
  summarize,
};

async function resolve(config: BifurcationConfig, context: DataContext) {
  const name = await datasetName(config.dataset, context);
  const { precisions } = config;
  for (const precision of precisions) runsIn(config.runs, precision);
  const engine = await resolveEngine(config.engine, { precisions, log: context.log });
  const images = splitCount(name, "train", context);
  checkSizes(config, images, name);
  // a configuration without replicas is what it was before there were any
  const { replicas = 1, ...rest } = config;
  return { ...rest, dataset: name, engine, ...(replicas > 1 ? { replicas } : {}) };
}

async function plan(config: BifurcationConfig, { rows, workers }: PlanContext): Promise<Plan> {
  const images = Math.max(...config.sampleSizes);
  const runs = cells(config).map((cell) => {
    const [all, each] = [runsIn(config.runs, cell.precision), flop(cell, images)];
    const done = rows.filter((row) => cellKey(row as unknown as Cell) === cellKey(cell)).length;
    const format = precisionOf(cell.precision).format;
    return { name: label(cell), format, runs: all, done, flop: all * each, flopDone: done * each };
  });
  return { runs, threads: Math.max(1, processes(engineRecord(config.engine).describe({}), workers)) };
}

async function run(config: BifurcationConfig, context: RunContext): Promise<void> {
  const { store, signal, progress, dataDirectory, log } = context;
  const engine = engineRecord(config.engine).describe({ threads: 1 });
  const workers = processes(engine, context.workers);
  const images = Math.max(...config.sampleSizes);
  const dataset = await loadDataset(config.dataset, { split: "train", count: images, directory: dataDirectory, log });
  store.record({ dataset: provenanceOf(dataset), engine: config.engine, threads: 1, workers });

  const all = jobs(config);
  const missing = () => all.filter((job) => !store.has(keyOf(job)));
  const left = missing();
  if (left.length > 0) recordEngine(store, engine.settings, log);
  const total = (some: readonly Job[]) => some.reduce((sum, job) => sum + cost(job, images), 0);
  const totalCost = total(all);
  const started = (todo: readonly Job[]) =>
    progressMeter(all.length, all.length - todo.length, { totalCost, doneCost: totalCost - total(todo) });
  let meter: ProgressMeter | undefined;
  progress(started(left).current());
  // of a chunk that was done in part, only what was missing
  const keep = (rows: readonly Row[], chunk: Chunk) => {
    const added = rows.filter((row) => !store.has(bifurcationFrequency.key(row)));
    for (const row of added) store.append(row);
    // the clock starts with the first result, so that the estimate knows nothing of the workers' start
    const first = meter === undefined;
    meter ??= started(missing());
    const done = { units: added.length, cost: added.length * cost(chunk, images), label: label(chunk) };
    progress(first ? meter.current(done.label) : meter.advance(done));
  };
  const init: Omit<WorkerInit<BifurcationConfig>, "checkpoints"> = { config, dataDirectory };
  await runPool<Chunk, Row[]>({
    module: compiledModule("experiments/bifurcation-frequency/worker"),
    workers,
    jobs: unfinished(chunks(all, config.replicas ?? 1), (job) => store.has(keyOf(job))),
    init,
    signal,
    onResult: keep,
    onError(error, chunk) {
      // not the run's own fault: it is done when the experiment is run again
      if (isDeviceError(error)) throw error;
      const rows = jobsOf(chunk).map((job) => ({ dataset: config.dataset, ...job, ...failed(error.message) }));
      keep(rows, chunk);
    },
  });
}

const keyOf = (job: Job): string => bifurcationFrequency.key(job as unknown as Row);

function checkSizes(config: BifurcationConfig, images: number, dataset: string): void {
  const largest = Math.max(...config.sampleSizes);
  if (largest > images) fail("sampleSizes", `must be at most the ${images} images of ${dataset}`, largest);
  for (const { batchSize } of cells(config)) {
    if (batchSize > largest) fail("batchSizes", `must be at most the largest sample size, ${largest}`, batchSize);
  }
}

const label = ({ precision, width, depth, batchSize }: Cell) =>
  `${precisionOf(precision).label}, ${depth} × ${width}, batch ${batchSize}`;
