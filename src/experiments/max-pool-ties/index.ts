/**
 * Does the value β at ties of max-pooling matter for training, and is it the gradient or the rounding of the value that does the harm?
 * Boustany (TMLR 2024) trained with y = β·m₁ + (1 − β)·m₂, whose value equals the maximum in exact arithmetic only. Here the same trainings
 * are made with the exact maximum as well, paired by seed. A row is an epoch of a training.
 *
 * One thread for each training, so that the rows do not depend on how many run at a time.
 */
import { referenceEngine } from "../../engines";
import { sgd } from "../../optim";
import { Programs } from "../../train";
import { checkCount, problemShape, splitCount } from "../common/data";
import { flops } from "../common/flops";
import { jobsExperiment } from "../common/jobs-experiment";
import { type Problem, poolNetwork } from "../common/pool-networks";
import { parametersOf, requireFits } from "../common/size";
import type { DataContext } from "../types";
import { type MaxPoolTiesConfig, presets, schema } from "./config";
import { type MaxPoolTiesRow, rows } from "./rows";
import { cellLabel, type Job, jobKey, jobs } from "./runs";
import { type MaxPoolTiesSummary, summarize } from "./summary";

export { type MaxPoolTiesArm, type MaxPoolTiesConfig, maxPoolTiesArm, maxPoolTiesArms, type Pooling } from "./config";
export type { MaxPoolTiesRow } from "./rows";
export type { MaxPoolTiesCell, MaxPoolTiesSummary } from "./summary";

/**
 * Test accuracy by the value at ties of max-pooling, with the exact maximum and with the rounded mixture of the released code.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { maxPoolTies, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 100, testImages: 50, precisions: [16], ties: [0, 100], poolings: ["mixed"] };
 * const { summary } = await runExperiment(maxPoolTies, { preset: "smoke", set, runs, workers: 0 });
 * for (const { tie, testAccuracy } of summary.cells) console.log(tie, testAccuracy);
 * ```
 */
export const maxPoolTies = jobsExperiment<MaxPoolTiesConfig, MaxPoolTiesSummary, MaxPoolTiesRow, Job>({
  name: "max-pool-ties",
  title: "Does the gradient at ties of max-pooling matter for training?",
  summary: "test accuracy and ties by the value at ties, with the maximum as value and with a rounded mixture",
  source: "Boustany 2024, section 4",
  schema,
  presets,
  rows,
  summarize,
  folder: "max-pool-ties",
  complete,
  images: ({ images }) => ({ split: "train", images }),
  jobs,
  label: cellLabel,
  jobKey,
  whole,
  async work(config, context) {
    const images = config.epochs * (config.images ?? splitCount(config.dataset, "train", context));
    const each = (await stepFlops(config, config.batchSize, await shapeOf(config, context))) / config.batchSize;
    return () => ({ flop: images * each });
  },
  longestFirst: true,
  failed: (job, reason, { dataset, label, network, batchNorm }) => [
    rows.failed({ dataset, label, network, batchNorm, ...job }, reason),
  ],
});

async function complete(given: MaxPoolTiesConfig, context: DataContext): Promise<MaxPoolTiesConfig> {
  const { dataset, images, testImages, batchSize } = given;
  const config = { ...given, preprocessing: given.preprocessing === "auto" ? dataset : given.preprocessing };
  const most = splitCount(dataset, "train", context);
  checkCount("images", images, most, dataset);
  checkCount("testImages", testImages, splitCount(dataset, "test", context), dataset);
  const shape = await shapeOf(config, context);
  requireFits("widths", parametersOf(poolNetwork(config, shape)));
  // a network may refuse the images left over for a last batch
  const rest = (images ?? most) % batchSize;
  if (rest > 0) await stepFlops(config, rest, shape);
  return config;
}

const shapeOf = (config: MaxPoolTiesConfig, context: DataContext): Promise<Problem> =>
  problemShape({ ...config, split: "train" }, context);

/** Of a step, counted on the engine that compiles nothing. */
async function stepFlops(config: MaxPoolTiesConfig, batch: number, shape: Problem): Promise<number> {
  const programs = new Programs(referenceEngine(), {
    network: poolNetwork(config, shape),
    precision: "f32",
    optimizer: sgd({ lr: config.learningRate, momentum: config.momentum, weightDecay: config.weightDecay }),
    kinks: [],
    chainRule: "multiply",
    shape: shape.inputShape,
  });
  const { graph } = await programs.step(batch);
  await programs.dispose();
  return flops(graph);
}

/** Whether the epoch that ended a training is there, and all before it. */
function whole(own: readonly MaxPoolTiesRow[]): boolean {
  const last = own.find(({ outcome }) => outcome !== "running");
  return last !== undefined && (last.outcome === "failed" || own.length === last.epoch);
}
