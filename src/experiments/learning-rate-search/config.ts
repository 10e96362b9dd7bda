import { z } from "zod";
import { dataKeys, rate, sweepOf } from "../common/keys";
import { networkKeys, optimizationKeys, sweepKeys } from "../training/keys";
import type { Preset } from "../types";

const { dataset, split, images, ...otherDataKeys } = dataKeys;
const { optimizers, epochs, ...otherOptimizationKeys } = optimizationKeys;
const { runs, ...otherSweepKeys } = sweepKeys;
const SHARE = "must be in (0, 1)";

/** Keys of the configuration, with their defaults. */
export const schema = z.strictObject({
  dataset,
  split,
  images,
  validation: z
    .number(SHARE)
    .gt(0, SHARE)
    .lt(1, SHARE)
    .default(0.1)
    .describe("share of the training images that is held out, by class, and evaluated on"),
  ...otherDataKeys,
  ...networkKeys,
  optimizers,
  learningRates: sweepOf(rate)
    .default([1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1])
    .describe("candidates, before the schedule, for every optimizer"),
  epochs: epochs.default(3),
  ...otherOptimizationKeys,
  runs: runs.default(1),
  ...otherSweepKeys,
});

export type LearningRateConfig = z.infer<typeof schema>;

export const presets: Readonly<Record<Preset, Partial<LearningRateConfig>>> = {
  smoke: {
    dataset: "glyphs",
    images: 2000,
    widths: [64, 64],
    learningRates: [0.001, 0.01, 0.1],
    epochs: 2,
    batchSize: 50,
  },
  laptop: { images: 10_000, learningRates: [0.001, 0.003, 0.01, 0.03, 0.1] },
  paper: {
    dataset: "cifar10",
    network: "vgg11",
    batchNorm: [false, true],
    optimizers: ["sgd", "adam"],
    learningRates: [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1],
    values: [0, -0.4, -0.2, 0.2, 0.4, 0.6, 0.8, 1],
    epochs: 10,
    runs: 3,
  },
};
