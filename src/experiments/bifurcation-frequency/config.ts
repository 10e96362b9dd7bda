import { z } from "zod";
import {
  chainRule,
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

const list = (what: string, item = positiveInteger) =>
  z.array(item, "must be a list").min(1, "must not be empty").describe(what);

/** Keys of the configuration, with their defaults: the paper's network in three precisions, 100 runs each. */
export const schema = z.strictObject({
  dataset: greyDataset,
  engine,
  precisions: uniformPrecisions.default([16, 32, 64]),
  widths: list("neurons in each hidden layer").default([256]),
  depths: list("hidden layers", layerCount).default([3]),
  batchSizes: list("images in a mini-batch").default([256]),
  sampleSizes: list("images looked at, from the first on; a pass stops at the largest number").default([60_000]),
  sweep: z
    .enum(["product", "one-at-a-time"], "must be product or one-at-a-time")
    .default("product")
    .describe("cells: every combination, or each list in turn while the others stay at the paper's 256, 3, 256"),
  runs: runsByPrecision.default(100).describe("initialisations per cell: a number, or one for each precision"),
  pair: pair.default([0, 1]).describe("the values of ReLU'(0) that are compared"),
  chainRule,
  firstActivation: z
    .boolean("must be true or false")
    .default(true)
    .describe("whether a ReLU follows the first hidden layer; the published sample-size panel had none there"),
  replicas,
  seed: streamSeed,
});

export type BifurcationConfig = z.infer<typeof schema>;

const panels = {
  sweep: "one-at-a-time",
  widths: [16, 64, 256, 512, 1024],
  depths: [1, 2, 3, 5, 6],
  batchSizes: [16, 64, 256, 512, 1024],
  sampleSizes: [1000, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000],
} as const;

const lists = (o: typeof panels) => ({
  ...o,
  widths: [...o.widths],
  depths: [...o.depths],
  batchSizes: [...o.batchSizes],
  sampleSizes: [...o.sampleSizes],
});

export const presets: Readonly<Record<Preset, Partial<BifurcationConfig>>> = {
  smoke: { widths: [16, 64], depths: [2], batchSizes: [256], sampleSizes: [2560, 10_240], runs: 4 },
  laptop: { ...lists(panels), runs: { 16: 60, 32: 60, 64: 8 } },
  paper: { ...lists(panels), runs: 1000 },
};
