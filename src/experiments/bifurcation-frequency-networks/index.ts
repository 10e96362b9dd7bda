/**
 * On what share of the mini-batches does the value at a kink change the gradient of a convolutional network, and for what share of
 * initialisations within a number of images? Bertoin, Bolte, Gerchinovitz and Pauwels (2021), section 4.4, for VGG11 and ResNet18 on
 * CIFAR-10. A row is an initialisation; it is shown all of its mini-batches, whereas the released code stops at the first difference.
 *
 * `relu-family` asks the same of LeakyReLU and ReLU6, at their own kinks.
 */
import { networkNames } from "../../nn";
import { fail, nearest } from "../../util";
import { withConvention } from "../common/conventions";
import { checkCount, problemShape, splitCount } from "../common/data";
import { flops } from "../common/flops";
import type { Work } from "../common/jobs";
import { jobsExperiment } from "../common/jobs-experiment";
import { parametersOf, requireFits } from "../common/size";
import type { DataContext, Experiment } from "../types";
import { cellKey, cellLabel, cells, checkComparison, type Job, jobs, networkOf } from "./cells";
import { familyPresets, type NetworksConfig, presets, schema } from "./config";
import { cellGraph } from "./programs";
import { type NetworksRow, rows } from "./rows";
import { type NetworksSummary, summarize } from "./summary";

export type { NetworksConfig } from "./config";
export type { NetworksRow } from "./rows";
export type { BatchSummary, NetworksSummary, SampleSummary } from "./summary";

/**
 * How often the gradient of convolutional networks depends on ReLU'(0), mini-batch by mini-batch, with and without batch
 * normalisation.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequencyNetworks, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "colour-glyphs", networks: ["resnet18"], batchNorm: [false], precisions: [16], runs: 1, batches: 2 };
 * const { summary } = await runExperiment(bifurcationFrequencyNetworks, { preset: "smoke", set, runs, workers: 0 });
 * for (const { precision, batches, different } of summary.cells) console.log(precision, different, batches); // 16 2 2
 * ```
 */
export const bifurcationFrequencyNetworks = jobsExperiment<NetworksConfig, NetworksSummary, NetworksRow, Job>({
  name: "bifurcation-frequency-networks",
  title: "How often does ReLU'(0) change the gradient of a convolutional network?",
  summary:
    "share of mini-batches, and of initialisations, whose gradient depends on ReLU'(0): VGG11, ResNet18 and others",
  source: "Bertoin et al. 2021, section 4.4",
  schema,
  presets,
  rows,
  summarize,
  folder: "bifurcation-frequency-networks",
  folders: true,
  complete,
  images: ({ split, images }) => ({ split, images }),
  jobs,
  label: cellLabel,
  jobKey: rows.key,
  work,
  failed: ({ pairs: _, ...job }, reason, { dataset, label }) => [rows.failed({ dataset, label, ...job }, reason)],
});

/**
 * How often the kinks of ReLU, LeakyReLU and ReLU6 change the gradient of a perceptron.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { reluFamily, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const comparisons = [{ activation: "relu6", kinks: { "relu6.zero": [0, 1] } }];
 * const set = { dataset: "glyphs", comparisons, precisions: ["e5m2"], widths: { mlp: [64, 64] }, runs: 1 };
 * const { summary } = await runExperiment(reluFamily, { preset: "smoke", set, runs, workers: 0 });
 * for (const cell of summary.cells) console.log(cell.activation, `${cell.different} of ${cell.batches} mini-batches`);
 * ```
 */
export const reluFamily: Experiment<NetworksConfig, NetworksSummary, NetworksRow> = {
  ...bifurcationFrequencyNetworks,
  name: "relu-family",
  title: "How often do the kinks of LeakyReLU and ReLU6 change the gradient?",
  summary: "the same share for ReLU, LeakyReLU and ReLU6 in perceptrons, each at its own kinks",
  source: "Bertoin et al. 2021, section 3, for other activations",
  presets: familyPresets,
};

async function complete(given: NetworksConfig, context: DataContext): Promise<NetworksConfig> {
  for (const comparison of given.comparisons) checkComparison(comparison);
  const { dataset, split, images, batchSize, batches } = given;
  const preprocessing = given.preprocessing === "auto" ? dataset : given.preprocessing;
  const config = { ...withConvention(given), preprocessing, widths: widthsOf(given) };
  const count = splitCount(dataset, split, context);
  checkCount("images", images, count, dataset);
  const most = Math.floor((images ?? count) / batchSize);
  if (batches > most) fail("batches", `must be at most the ${most} full mini-batches of a pass`, batches);
  const shape = await problemShape(config, context);
  for (const cell of cells({ ...config, precisions: [32] })) {
    requireFits("widths", parametersOf(networkOf(config, cell, shape)));
    cellGraph(config, cell, shape);
  }
  return config;
}

/** The widths of the networks that are run: a preset may name more. @throws NonsmoothError for those of an unknown network */
function widthsOf({ widths, networks }: NetworksConfig): NetworksConfig["widths"] {
  const run: readonly string[] = networks;
  const stray = Object.keys(widths).find((name) => !(networkNames as readonly string[]).includes(name));
  if (stray !== undefined) {
    const near = nearest(stray, networkNames);
    fail("widths", "must name known networks", stray, near && `did you mean ${near}?`);
  }
  return Object.fromEntries(Object.entries(widths).filter(([name]) => run.includes(name)));
}

async function work(config: NetworksConfig, context: DataContext): Promise<(job: Job) => Work> {
  const shape = await problemShape(config, context);
  const counted = cells(config).map((cell) => {
    return [cellKey(cell), config.batches * flops(cellGraph(config, cell, shape).sweeps)] as const;
  });
  const known = new Map(counted);
  return (job) => ({ flop: known.get(cellKey(job))! });
}
