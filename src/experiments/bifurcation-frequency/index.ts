/**
 * For how many initialisations does the value of ReLU'(0) change the gradient somewhere in one pass over the data?
 * Bertoin, Bolte, Gerchinovitz and Pauwels (2021), section 3: the volume of S₀₁, estimated by Monte-Carlo.
 */
import { dataSource } from "../../data";
import { precisionOf } from "../../formats";
import { size } from "../../ir";
import { fail } from "../../util";
import { splitCount } from "../common/data";
import { completeReplicas } from "../common/engine";
import { jobsExperiment } from "../common/jobs-experiment";
import { runsIn } from "../common/keys";
import { perceptronParameters, requireFits } from "../common/size";
import type { DataContext } from "../types";
import { cells, type Job, jobs, work } from "./cells";
import { type BifurcationConfig, presets, schema } from "./config";
import { type BifurcationRow, rows } from "./rows";
import { type BifurcationSummary, summarize } from "./summary";

export type { BifurcationConfig } from "./config";
export type { BifurcationRow } from "./rows";
export type { BifurcationSummary, CellSummary } from "./summary";

/**
 * How often the gradient of a perceptron depends on ReLU'(0): for each initialisation, whether a mini-batch of one pass has a
 * difference.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: ["e5m2", 64], widths: [64], sampleSizes: [1024], runs: 4 };
 * const { summary } = await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * for (const cell of summary) console.log(cell.precision, `${cell.different} of ${cell.runs}`);
 * ```
 */
export const bifurcationFrequency = jobsExperiment<BifurcationConfig, BifurcationSummary, BifurcationRow, Job>({
  name: "bifurcation-frequency",
  title: "How often does ReLU'(0) change the gradient?",
  summary:
    "share of initialisations whose gradient depends on ReLU'(0) somewhere in one pass, by architecture and precision",
  source: "Bertoin et al. 2021, section 3",
  schema,
  presets,
  rows,
  summarize,
  folder: "bifurcation-frequency",
  complete,
  images: (config) => ({ split: "train", images: sample(config) }),
  jobs,
  label: ({ precision, width, depth, batchSize }) =>
    `${precisionOf(precision).label}, ${depth} × ${width}, batch ${batchSize}`,
  jobKey: rows.key,
  work: async (config) => (job) => work(job, sample(config)),
  together: ({ replicas = 1 }) => replicas,
  failed: (job, reason, { dataset }) => [rows.failed({ dataset, ...job }, reason)],
});

/** Images that a run looks at. */
const sample = ({ sampleSizes }: BifurcationConfig) => Math.max(...sampleSizes);

function complete(config: BifurcationConfig, context: DataContext): BifurcationConfig {
  for (const precision of config.precisions) runsIn(config.runs, precision);
  checkSizes(config, splitCount(config.dataset, "train", context));
  return completeReplicas(config);
}

function checkSizes(config: BifurcationConfig, images: number): void {
  const largest = sample(config);
  if (largest > images) fail("sampleSizes", `must be at most the ${images} images of ${config.dataset}`, largest);
  const { shape, classes } = dataSource(config.dataset);
  for (const { batchSize, width, depth } of cells(config)) {
    requireFits("widths", perceptronParameters(size(shape), new Array(depth).fill(width), classes));
    if (batchSize > largest) fail("batchSizes", `must be at most the largest sample size, ${largest}`, batchSize);
  }
}
