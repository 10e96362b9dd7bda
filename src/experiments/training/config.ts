import { z } from "zod";
import { dataKeys, POSITIVE, positiveInteger, rate } from "../common/keys";
import type { Preset } from "../types";
import { forEachOptimizer, networkKeys, optimizationKeys, sweepKeys } from "./keys";

const { dataset, split, images, ...otherDataKeys } = dataKeys;
const { optimizers, ...otherOptimizationKeys } = optimizationKeys;

/** Keys of the configuration, with their defaults: the paper's perceptron with ReLU'(0) = 0 and 1, in 32 bits. */
export const schema = z.strictObject({
  dataset,
  split,
  images,
  testImages: positiveInteger
    .nullable()
    .default(null)
    .describe("images of the test split, chosen as for images; null: all"),
  ...otherDataKeys,
  ...networkKeys,
  optimizers,
  learningRates: forEachOptimizer(rate, POSITIVE, { sgd: 0.01, adam: 0.001, adamw: 0.001 }).describe(
    "before the schedule: for every optimizer, or one for each",
  ),
  ...otherOptimizationKeys,
  ...sweepKeys,
  saveWeights: z
    .boolean("must be true or false")
    .default(false)
    .describe("whether each finished network is kept in the run folder, as weights/<run>.safetensors and .onnx"),
});

export type TrainingConfig = z.infer<typeof schema>;

/**
 * `paper` is VGG11 on CIFAR-10 of section 4.3, with and without batch normalisation. Its learning rates are not recorded:
 * 0.05 is the released program's.
 */
export const presets: Readonly<Record<Preset, Partial<TrainingConfig>>> = {
  smoke: { dataset: "glyphs", images: 2000, testImages: 1000, widths: [64, 64], epochs: 3, batchSize: 50, runs: 2 },
  laptop: { images: 10_000, precisions: [16, 32, 64], epochs: 3, runs: 3 },
  paper: {
    dataset: "cifar10",
    network: "vgg11",
    batchNorm: [false, true],
    learningRates: 0.05,
    values: [0, -1, -0.5, -0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 5],
    epochs: 200,
    testBatchSize: 100,
    runs: 10,
  },
};
