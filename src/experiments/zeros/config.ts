import { z } from "zod";
import {
  engine,
  greyDataset,
  layerCount,
  notNegative,
  positiveInteger,
  rate,
  repeats,
  seed,
  share,
  sweepOf,
  uniformPrecisions,
} from "../common/keys";
import type { Preset } from "../types";

/** Keys of the configuration, with their defaults: the published architectures, trained for three epochs. */
export const schema = z.strictObject({
  dataset: greyDataset,
  images: positiveInteger.nullable().default(null).describe("training images, from the first on, in order; null: all"),
  testImages: positiveInteger.default(1000).describe("images for the accuracy after each epoch"),
  engine,
  precisions: uniformPrecisions.default([16, 32, 64]),
  depths: sweepOf(layerCount).default([1, 2, 3, 5, 6]).describe("hidden layers"),
  widths: sweepOf(positiveInteger).default([16, 64, 256, 512]).describe("neurons in each hidden layer"),
  batchSize: positiveInteger.default(256).describe("images in a mini-batch"),
  epochs: repeats.default(3).describe("passes over the training images"),
  learningRate: rate.default(0.01).describe("of sgd, constant"),
  momentum: share.default(0.9).describe("of sgd"),
  weightDecay: notNegative.default(5e-4).describe("of sgd"),
  runs: repeats.default(1).describe("trainings of each architecture and precision"),
  seed,
});

export type ZerosConfig = z.infer<typeof schema>;

/**
 * `paper` is the published protocol, with the 64 bits that it left out. `laptop` keeps all of its images, since zeros are as rare as one in
 * ten million calls, and has fewer epochs and depths.
 */
export const presets: Readonly<Record<Preset, Partial<ZerosConfig>>> = {
  smoke: { images: 4096, testImages: 200, depths: [1, 2], widths: [64, 256], epochs: 2 },
  laptop: { depths: [1, 3, 6] },
  paper: { epochs: 100, testImages: 10_000 },
};
