/**
 * On how many mini-batches does the value of ReLU'(0) change the gradient of a freshly drawn network, and by how much? Bertoin, Bolte,
 * Gerchinovitz and Pauwels (2021), section 3, whose numbers for this are not in the repository that they published.
 *
 * A run is an initialisation; it sees every mini-batch of the pass and never stops early. A row is a run under a chain rule. Many runs
 * go through one program at a time where the engine computes that best (`replicas`).
 */
import { dataSource } from "../../data";
import { precisionOf } from "../../formats";
import { size } from "../../ir";
import { fail } from "../../util";
import { checkCount, splitCount } from "../common/data";
import { completeReplicas } from "../common/engine";
import { jobsExperiment } from "../common/jobs-experiment";
import { runsIn } from "../common/keys";
import { perceptronParameters, requireFits } from "../common/size";
import type { DataContext } from "../types";
import { type GradientDifferenceConfig, presets, schema } from "./config";
import { type GradientDifferenceRow, rows } from "./rows";
import { flop, type Job, jobs } from "./runs";
import { type GradientDifferenceSummary, summarize } from "./summary";

export type { GradientDifferenceConfig } from "./config";
export type { GradientDifferenceRow } from "./rows";
export type { DifferenceCell, GradientDifferenceSummary, Quantiles } from "./summary";

/**
 * How large the difference of the gradients is between two values of ReLU'(0), under both chain rules, over the mini-batches of one
 * pass.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { gradientDifference, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 1024, width: 64, precisions: ["e5m2"], runs: 2 };
 * const { summary } = await runExperiment(gradientDifference, { preset: "smoke", set, runs, workers: 0 });
 * for (const cell of summary) console.log(cell.chainRule, `${cell.different} of ${cell.batches} mini-batches`);
 * ```
 */
export const gradientDifference = jobsExperiment<
  GradientDifferenceConfig,
  GradientDifferenceSummary,
  GradientDifferenceRow,
  Job
>({
  name: "gradient-difference",
  title: "By how much does ReLU'(0) change the gradient?",
  summary: "share of mini-batches whose gradient depends on ReLU'(0), and the size of the difference, by precision",
  source: "Bertoin et al. 2021, section 3",
  schema,
  presets,
  rows,
  summarize,
  folder: "gradient-difference",
  complete,
  images: ({ images }) => ({ split: "train", images }),
  jobs,
  label: ({ precision }) => precisionOf(precision).label,
  jobKey: ({ precision, trial }) => `${precision}/${trial}`,
  whole: ({ length }, { chainRules }) => length === chainRules.length,
  async work(config) {
    const { shape, classes } = dataSource(config.dataset);
    const each = { flop: flop(config, size(shape), classes) };
    return () => each;
  },
  together: ({ replicas = 1 }) => replicas,
  failed: (job, reason, { dataset, width, depth, chainRules }) =>
    chainRules.map((chainRule) => rows.failed({ dataset, width, depth, chainRule, ...job }, reason)),
});

function complete(config: GradientDifferenceConfig, context: DataContext): GradientDifferenceConfig {
  const { dataset, precisions, runs, images, batchSize, width, depth } = config;
  const { shape, classes } = dataSource(dataset);
  requireFits("width", perceptronParameters(size(shape), new Array(depth).fill(width), classes));
  for (const precision of precisions) runsIn(runs, precision);
  checkCount("images", images, splitCount(dataset, "train", context), dataset);
  if (batchSize > images) fail("batchSize", `must be at most the ${images} images of the pass`, batchSize);
  return completeReplicas(config);
}
