import { z } from "zod";
import {
  chainRules,
  engine,
  greyDataset,
  layerCount,
  pair,
  positiveInteger,
  replicas,
  runsByPrecision,
  streamSeed,
  uniformPrecisions,
} from "../common/keys";
import type { Preset } from "../types";

/** Keys of the configuration, with their defaults: the paper's network, in three precisions and under both chain rules. */
export const schema = z.strictObject({
  dataset: greyDataset,
  images: positiveInteger
    .default(60_000)
    .describe("of the pass, from the first on; only its full mini-batches are used"),
  engine,
  precisions: uniformPrecisions.default([16, 32, 64]),
  chainRules: chainRules.default(["multiply", "overwrite"]),
  width: positiveInteger.default(256).describe("neurons in each hidden layer"),
  depth: layerCount.default(3).describe("hidden layers"),
  batchSize: positiveInteger.default(256).describe("images in a mini-batch"),
  runs: runsByPrecision.default(20).describe("initialisations: a number, or one for each precision"),
  pair: pair
    .default([0, 1])
    .describe("the values of ReLU'(0) that are compared; sizes are relative to the first one's gradient"),
  firstActivation: z
    .boolean("must be true or false")
    .default(true)
    .describe("whether a ReLU follows the first hidden layer; the published measurement had none there"),
  replicas,
  seed: streamSeed,
});

export type GradientDifferenceConfig = z.infer<typeof schema>;

export const presets: Readonly<Record<Preset, Partial<GradientDifferenceConfig>>> = {
  smoke: { images: 10_240, runs: { 16: 4, 32: 2, 64: 1 } },
  laptop: { runs: { 16: 80, 32: 300, 64: 20 } },
  // as published: no ReLU after the first hidden layer
  paper: { runs: { 16: 1000, 32: 1000, 64: 10 }, firstActivation: false },
};
