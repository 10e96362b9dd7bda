/**
 * Does ReLU'(0) matter for training, beyond the fact that two runs that differ in one rounding part anyway? Networks are trained in
 * arms that differ only in what happens to the gradient at an exact zero, and the *null*: ReLU'(0) = 0 with one weight changed by one
 * unit in the last place, in the very step in which the arms may begin to differ. How far the null ends from where it would have ended
 * is what rounding does; only what goes beyond it is due to ReLU'(0).
 *
 * All arms of a run have the same start, mini-batches and augmentation. Where ReLU'(0) = 0 meets no exact zero, all arms are the same
 * to the bit: their rows say so, and are not computed.
 *
 * Bertoin, Bolte, Gerchinovitz and Pauwels (2021), section 4, whose runs were not paired, and which has no null. One thread for each
 * training, so that the rows do not depend on how many run at a time.
 */
import { precisionOf } from "../../formats";
import { withConvention } from "../common/conventions";
import { checkCount, problemShape, splitCount } from "../common/data";
import type { Work } from "../common/jobs";
import { jobsExperiment } from "../common/jobs-experiment";
import { parametersOf, requireFits } from "../common/size";
import { networkOf } from "../training/build";
import { checkStep, factsOf } from "../training/facts";
import { completeSchedule } from "../training/resolve";
import type { DataContext } from "../types";
import { armsOf, type Job, jobKey, jobs } from "./arms";
import { type HarmConfig, presets, schema } from "./config";
import { type HarmRow, rows } from "./rows";
import { type HarmSummary, summarize } from "./summary";
import { networkCell, withSgd } from "./unit";

export type { HarmConfig } from "./config";
export type { HarmRow } from "./rows";
export { type HarmStudy, harmStudies, harmStudy } from "./studies";
export type { HarmArm, HarmCell, HarmSummary } from "./summary";

/**
 * Whether ReLU'(0) harms a training: accuracy in pairs of trainings with the same start and mini-batches, beside trainings that
 * differ by one rounding.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { harm, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 100, testImages: 50, widths: [8], epochs: 1, precisions: [16], runs: 1 };
 * const { summary } = await runExperiment(harm, { preset: "smoke", set, runs, workers: 0 });
 * console.log(summary[0]?.arms.map(({ arm }) => arm)); // [ 'zero', 'null', 'multiply 1', 'overwrite 1', 'overwrite 1/batch' ]
 * ```
 */
export const harm = jobsExperiment<HarmConfig, HarmSummary, HarmRow, Job>({
  name: "harm",
  title: "Does ReLU'(0) matter, beyond rounding?",
  summary: "paired trainings that differ at exact zeros only, beside trainings that differ by one rounding",
  source: "Bertoin et al. 2021, section 4, as a causal test",
  schema,
  presets,
  rows,
  summarize,
  folder: "harm",
  folders: true,
  complete,
  images: ({ split, images }) => ({ split, images }),
  jobs,
  label: ({ batchNorm, precision }) => `${precisionOf(precision).label}${batchNorm ? ", batch-norm" : ""}, all arms`,
  jobKey,
  whole: (own, config) => own.length === armsOf(config).length,
  work,
  longestFirst: false,
  failed: ({ batchNorm, precision, trial }, reason, config) => {
    const { dataset, label, network } = config;
    return armsOf(config).map((arm) =>
      rows.failed({ dataset, label, network, batchNorm, precision, ...arm, trial }, reason),
    );
  },
});

async function complete(given: HarmConfig, context: DataContext): Promise<HarmConfig> {
  const { dataset, split, images, testImages, batchSize } = given;
  const preprocessing = given.preprocessing === "auto" ? dataset : given.preprocessing;
  const config = { ...withConvention(given), preprocessing, schedule: completeSchedule(given) };
  const count = splitCount(dataset, split, context);
  checkCount("images", images, count, dataset);
  checkCount("testImages", testImages, splitCount(dataset, "test", context), dataset);
  const shape = await problemShape(config, context);
  const rest = (images ?? count) % batchSize;
  for (const batchNorm of config.batchNorm) {
    const cell = networkCell({ batchNorm }, config);
    requireFits("widths", parametersOf(networkOf(config, cell, shape)));
    if (rest > 0) await checkStep(withSgd(config), cell, shape, rest);
  }
  return config;
}

/** Of all arms, as if all of them were trained. */
async function work(config: HarmConfig, context: DataContext): Promise<(job: Job) => Work> {
  const facts = factsOf(withSgd(config), await problemShape(config, context));
  const seen = config.images ?? splitCount(config.dataset, config.split, context);
  const judged = config.testImages ?? splitCount(config.dataset, "test", context);
  const costs = new Map<boolean, number>();
  for (const batchNorm of config.batchNorm) {
    const { step, evaluation } = await facts(networkCell({ batchNorm }, config));
    costs.set(batchNorm, armsOf(config).length * config.epochs * (seen * step + judged * evaluation));
  }
  return ({ batchNorm }) => ({ flop: costs.get(batchNorm)! });
}
