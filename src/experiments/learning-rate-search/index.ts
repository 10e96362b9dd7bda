/**
 * Which learning rate is the best for each network, optimizer, precision and value of ReLU'(0)? Every candidate is trained
 * for some epochs on a part of the training images and judged on the rest of them, which is drawn by class. The test split
 * is never read.
 *
 * The published search (compute_best_lr.py of github.com/deel-ai/relu-prime) let Optuna maximise the accuracy on the TEST
 * images over rates in 1e-5 … 1e-1, and reported accuracies on the same images afterwards: a choice that has seen the test
 * images favours whatever was searched longer, and its accuracies are no estimates for new images. Its numbers of trials and
 * epochs are not recorded. Here the candidates are a list, the same for all, so that the whole table can be shown.
 */
import { holdOut, imagenet, loadDataset } from "../../data";
import { fail } from "../../util";
import { problemShape, splitCount } from "../common/data";
import type { Problem } from "../common/loaders";
import { planSweep, unitsOfSweep } from "../training/plan";
import { resolveShared } from "../training/resolve";
import { runsOf, strayIn } from "../training/runs";
import { runSweep } from "../training/sweep";
import type { DataContext, Experiment, PlanContext, RunContext } from "../types";
import { type LearningRateConfig, presets, schema } from "./config";
import { type LearningRateRow, rows } from "./rows";
import { type LearningRateSummary, searchCells, summarize } from "./summary";

export type { LearningRateConfig } from "./config";
export type { LearningRateRow } from "./rows";
export type { BestRate, LearningRateSummary, RateSummary } from "./summary";

/**
 * The best learning rate for each network, optimizer, precision and ReLU'(0), by the accuracy on images that are held out of the
 * training data; no test image is seen.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { learningRateSearch, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 500, widths: [32], epochs: 1, learningRates: [0.001, 0.1], values: [0] };
 * const { summary } = await runExperiment(learningRateSearch, { preset: "smoke", set, runs, workers: 0 });
 * for (const { optimizer, learningRate } of summary.best) console.log(optimizer, learningRate);
 * ```
 */
export const learningRateSearch: Experiment<LearningRateConfig, LearningRateSummary, LearningRateRow> = {
  name: "learning-rate-search",
  title: "Which learning rate is the best?",
  summary:
    "validation accuracy by learning rate for each network, optimizer, precision and ReLU'(0); no test image is seen",
  source: "Bertoin et al. 2021, section 4, which searched on the test images",
  schema,
  presets,
  resolve,
  plan,
  units,
  stray: (some, config) => strayIn(some, runsOf(searchCells(config), config.runs), config.epochs),
  rows,
  run,
  summarize,
};

async function resolve(config: LearningRateConfig, context: DataContext) {
  const resolved = await resolveShared(config, context);
  if (resolved.dataset === imagenet.name) fail("dataset", "must fit into memory to be divided", resolved.dataset);
  const { training, evaluation } = countsOf(resolved, context);
  if (training < 1 || evaluation < 1) fail("validation", "must leave both parts some images", config.validation);
  return resolved;
}

/** How the images are divided. */
function countsOf({ dataset, split, images, validation }: LearningRateConfig, context: DataContext) {
  const count = images ?? splitCount(dataset, split, context);
  const evaluation = Math.round(validation * count);
  return { training: count - evaluation, evaluation };
}

function plan(config: LearningRateConfig, context: PlanContext<LearningRateRow>) {
  return planSweep(config, searchCells(config), countsOf(config, context), context);
}

function units(config: LearningRateConfig, context: DataContext) {
  return unitsOfSweep(config, searchCells(config), countsOf(config, context), context);
}

async function run(config: LearningRateConfig, context: RunContext<LearningRateRow>): Promise<void> {
  await runSweep(
    {
      config,
      problem: await load(config, context),
      shape: await problemShape(config, context),
      runs: runsOf(searchCells(config), config.runs),
      rows,
      judge: {
        images: "validation",
        row: (epoch, { loss, accuracy, count }) => ({
          ...epoch,
          validationLoss: loss,
          validationAccuracy: accuracy,
          validationCount: count,
        }),
      },
      saveWeights: false,
    },
    context,
  );
}

async function load(config: LearningRateConfig, context: DataContext): Promise<Problem> {
  const { dataset, split, images, validation, seed } = config;
  const all = await loadDataset(dataset, {
    split,
    count: images ?? undefined,
    directory: context.dataDirectory,
    log: context.log,
  });
  const [training, evaluation] = holdOut(all, validation, seed);
  return { training, evaluation };
}
