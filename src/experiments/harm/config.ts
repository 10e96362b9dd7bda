import { z } from "zod";
import {
  dataKeys,
  engine,
  finite,
  notNegative,
  POSITIVE,
  positiveInteger,
  rate,
  repeats,
  seed,
  sweepOf,
  uniformPrecisions,
} from "../common/keys";
import { networkKeys, optimizationKeys, sweepKeys } from "../training/keys";
import type { Preset } from "../types";

const { network, widths, batchNorm } = networkKeys;
const { momentum, nesterov, schedule, epochs, batchSize, testBatchSize } = optimizationKeys;
const OVERWRITE = "must be a finite number or 1/batch";

/** Keys of the configuration, with their defaults: the paper's perceptron on MNIST, in 16 and 32 bits. */
export const schema = z.strictObject({
  ...dataKeys,
  testImages: positiveInteger
    .nullable()
    .default(null)
    .describe("images of the test split, chosen as for images; null: all"),
  ...{ network, widths, batchNorm },
  learningRate: rate.default(0.01).describe("of sgd, before the schedule"),
  ...{ momentum, nesterov },
  weightDecay: notNegative.default(5e-4).describe("of sgd"),
  ...{ schedule, epochs, batchSize, testBatchSize },
  precisions: uniformPrecisions.default([16, 32]),
  multiply: sweepOf(finite)
    .default([1])
    .describe("arms in which the gradient at a zero is multiplied by these values of ReLU'(0)"),
  overwrite: sweepOf(z.union([finite, z.literal("1/batch")], OVERWRITE))
    .default([1, "1/batch"])
    .describe(
      "arms in which it is replaced by these values, as in the released code; 1/batch: 1 over the mini-batch's size, the scale of a gradient of the mean loss",
    ),
  bound: z
    .number(POSITIVE)
    .positive(POSITIVE)
    .default(1)
    .describe("percentage points of test accuracy below which a mean difference does not matter, declared beforehand"),
  tie: sweepKeys.tie,
  kinks: sweepKeys.kinks,
  runs: repeats
    .default(8)
    .describe("trainings of each arm; training t has the same start and mini-batches in all arms"),
  seed,
  engine,
});

export type HarmConfig = z.infer<typeof schema>;

/** `paper` is VGG11 with batch normalisation at its full width on all images, for 30 epochs. */
export const presets: Readonly<Record<Preset, Partial<HarmConfig>>> = {
  smoke: { dataset: "glyphs", images: 400, testImages: 200, widths: [16, 16], epochs: 2, batchSize: 50, runs: 2 },
  laptop: { images: 30_000, epochs: 2, widths: [256, 256, 256] },
  paper: {
    dataset: "cifar10",
    network: "vgg11",
    batchNorm: [true],
    learningRate: 0.05,
    epochs: 30,
  },
};
