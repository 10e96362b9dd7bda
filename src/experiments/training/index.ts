/**
 * Does ReLU'(0) matter for training? Networks are trained with different values of it, in several precisions, each run t
 * from the same initialisation with the same batches, augmentation and dropout in every cell of the sweep, so that runs can
 * be compared one by one. Bertoin, Bolte, Gerchinovitz and Pauwels (2021), section 4, whose runs were not paired.
 *
 * A run whose loss is not finite ends there, as `diverged`; it counts.
 */

import { checkCount, loadImages, problemShape, splitCount } from "../common/data";
import type { DataContext, Experiment, PlanContext, RunContext } from "../types";
import { presets, schema, type TrainingConfig } from "./config";
import { type Counts, planSweep, unitsOfSweep } from "./plan";
import { resolveShared } from "./resolve";
import { rows, type TrainingRow } from "./rows";
import { runsOf, strayIn } from "./runs";
import { summarize, type TrainingSummary, trainingCells } from "./summary";
import { runSweep } from "./sweep";

export { type TrainingArm, trainingArm, trainingArms } from "./arms";
export type { TrainingConfig } from "./config";
export type { TrainingRow } from "./rows";
export type { PairedDifference, TrainingCell, TrainingSummary } from "./summary";

/**
 * Training loss and test accuracy by ReLU'(0), epoch by epoch; run t has the same start and mini-batches for every value.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 500, testImages: 100, widths: [32], epochs: 2, values: [0, 1], precisions: ["e5m2"], runs: 1 };
 * const { summary } = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const cell of summary.cells) console.log(`ReLU'(0) = ${cell.value}`, cell.finished, cell.testAccuracy);
 * ```
 */
export const training: Experiment<TrainingConfig, TrainingSummary, TrainingRow> = {
  name: "training",
  title: "Does ReLU'(0) matter for training?",
  summary: "test accuracy after training by ReLU'(0), precision, batch normalisation and optimizer, in paired runs",
  source: "Bertoin et al. 2021, section 4",
  schema,
  presets,
  async resolve(config, context) {
    const resolved = await resolveShared(config, context);
    checkCount("testImages", config.testImages, splitCount(resolved.dataset, "test", context), resolved.dataset);
    return resolved;
  },
  plan,
  units,
  stray: (some, config) => strayIn(some, runsOf(trainingCells(config), config.runs), config.epochs),
  rows,
  run,
  summarize,
};

async function plan(config: TrainingConfig, context: PlanContext<TrainingRow>) {
  return planSweep(config, trainingCells(config), countsOf(config, context), context);
}

async function units(config: TrainingConfig, context: DataContext) {
  return unitsOfSweep(config, trainingCells(config), countsOf(config, context), context);
}

const countsOf = (config: TrainingConfig, context: DataContext): Counts => ({
  training: config.images ?? splitCount(config.dataset, config.split, context),
  evaluation: config.testImages ?? splitCount(config.dataset, "test", context),
});

async function run(config: TrainingConfig, context: RunContext<TrainingRow>): Promise<void> {
  await runSweep(
    {
      config,
      problem: await load(config, context),
      shape: await problemShape(config, context),
      runs: runsOf(trainingCells(config), config.runs),
      rows,
      judge: {
        images: "test",
        row: (epoch, { loss, accuracy, count }) => ({
          ...epoch,
          testLoss: loss,
          testAccuracy: accuracy,
          testCount: count,
        }),
      },
      saveWeights: config.saveWeights,
    },
    context,
  );
}

async function load({ dataset, split, images, testImages }: TrainingConfig, context: DataContext) {
  return {
    training: await loadImages(dataset, split, images, context),
    evaluation: await loadImages(dataset, "test", testImages, context),
  };
}
