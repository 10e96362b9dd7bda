/**
 * On what share of the mini-batches does the number at a kink change the gradient of a convolutional network, and for what share of
 * initialisations within so many images? Bertoin, Bolte, Gerchinovitz and Pauwels (2021), section 4.4, for VGG11 and ResNet18 on
 * CIFAR-10. A row is an initialisation; it is shown all of its mini-batches, where the released code stops at the first difference.
 *
 * `relu-family` asks the same of LeakyReLU and ReLU6, at kinks of their own.
 */
import { engineRecord } from "../../engines";
import { precisionOf } from "../../formats";
import { networkNames } from "../../nn";
import { fail, nearest } from "../../util";
import { checkCount, datasetName, loadImages, problemShape, provenanceOf, splitCount } from "../common/data";
import { resolveEngine } from "../common/engine";
import { flops } from "../common/flops";
import { byColumns, processes, runJobs } from "../common/jobs";
import type { DataContext, Experiment, Plan, PlanContext, RunContext } from "../types";
import { cellColumns, cellKey, cellLabel, cells, checkComparison, type Job, jobKey, jobs, rowKey } from "./cells";
import { familyPresets, type NetworksConfig, presets, schema } from "./config";
import { cellGraph } from "./programs";
import { rowOf } from "./simulate";
import { type NetworksSummary, summarize } from "./summary";
import { columns, failed } from "./tally";

export type { NetworksConfig } from "./config";
export type { BatchSummary, NetworksSummary, SampleSummary } from "./summary";

export const bifurcationFrequencyNetworks: Experiment<NetworksConfig, NetworksSummary> = {
  name: "bifurcation-frequency-networks",
  title: "How often does ReLU'(0) change the gradient of a convolutional network?",
  summary:
    "share of mini-batches, and of initialisations, whose gradient depends on ReLU'(0): VGG11, ResNet18 and others",
  source: "Bertoin et al. 2021, section 4.4",
  schema,
  presets,
  resolve,
  plan,
  columns,
  key: rowKey,
  run,
  order: byColumns(...cellColumns, "trial"),
  summarize,
};

export const reluFamily: Experiment<NetworksConfig, NetworksSummary> = {
  ...bifurcationFrequencyNetworks,
  name: "relu-family",
  title: "How often do the kinks of LeakyReLU and ReLU6 change the gradient?",
  summary: "the same share for ReLU, LeakyReLU and ReLU6 in perceptrons, each at its own kinks",
  source: "Bertoin et al. 2021, section 3, for other activations",
  presets: familyPresets,
};

async function resolve(given: NetworksConfig, context: DataContext): Promise<NetworksConfig> {
  for (const comparison of given.comparisons) checkComparison(comparison);
  const dataset = await datasetName(given.dataset, context, { folders: true });
  const { precisions } = given;
  const engine = await resolveEngine(given.engine, { precisions, log: context.log });
  const preprocessing = given.preprocessing === "auto" ? dataset : given.preprocessing;
  const config = { ...given, dataset, preprocessing, engine, widths: widthsOf(given) };
  const count = splitCount(dataset, config.split, context);
  checkCount("images", config.images, count, dataset);
  const most = Math.floor((config.images ?? count) / config.batchSize);
  if (config.batches > most) fail("batches", `must be at most the ${most} full ones of a pass`, config.batches);
  const shape = await problemShape(config, context);
  for (const { cell, pairs } of cells({ ...config, precisions: [32] })) cellGraph(config, cell, pairs, shape);
  return config;
}

/** The widths of the networks that are run: a preset may name more. @throws NonsmoothError for those of an unknown network */
function widthsOf({ widths, networks }: NetworksConfig): NetworksConfig["widths"] {
  const run: readonly string[] = networks;
  const stray = Object.keys(widths).find((name) => !(networkNames as readonly string[]).includes(name));
  if (stray !== undefined) {
    const near = nearest(stray, networkNames);
    fail("widths", "must be of known networks", stray, near && `did you mean ${near}?`);
  }
  return Object.fromEntries(Object.entries(widths).filter(([name]) => run.includes(name)));
}

/** Operations of one initialisation of each cell. */
async function workOf(config: NetworksConfig, context: DataContext): Promise<Map<string, number>> {
  const shape = await problemShape(config, context);
  const counted = cells(config).map(({ cell, pairs }) => {
    return [cellKey(cell), config.batches * flops(cellGraph(config, cell, pairs, shape).graph)] as const;
  });
  return new Map(counted);
}

async function plan(config: NetworksConfig, context: PlanContext): Promise<Plan> {
  const work = await workOf(config, context);
  const runs = cells(config).map(({ cell }) => {
    const each = work.get(cellKey(cell))!;
    const done = context.rows.filter((row) => cellKey(row) === cellKey(cell)).length;
    const format = precisionOf(cell.precision).format;
    return { name: cellLabel(cell), format, runs: config.runs, done, flop: config.runs * each, flopDone: done * each };
  });
  return { runs, threads: Math.max(1, processes(engineRecord(config.engine).describe({}), context.workers)) };
}

async function run(config: NetworksConfig, context: RunContext): Promise<void> {
  const { store } = context;
  const engine = engineRecord(config.engine).describe({ threads: 1 });
  const images = await loadImages(config.dataset, config.split, config.images, context);
  const workers = processes(engine, context.workers);
  store.record({ dataset: provenanceOf(images), engine: config.engine, threads: 1, workers });
  const all = jobs(config);
  const work = await workOf(config, context);
  await runJobs<Job>(
    {
      folder: "bifurcation-frequency-networks",
      config,
      engine,
      all,
      left: all.filter((job) => !store.has(jobKey(job))),
      cost: ({ cell }) => precisionOf(cell.precision).price * work.get(cellKey(cell))!,
      label: ({ cell }) => cellLabel(cell),
      jobKey,
      key: rowKey,
      failed: (job, reason) => [rowOf(config, job, failed(reason))],
    },
    context,
  );
}
