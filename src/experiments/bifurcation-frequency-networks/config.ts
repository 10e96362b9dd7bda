import { z } from "zod";
import { activationNames, networkNames } from "../../nn";
import { kinks } from "../common/conventions";
import {
  chainRule,
  dataKeys,
  engine,
  finite,
  layerWidths,
  pair,
  positiveInteger,
  repeats,
  sweepOf,
  truth,
  uniformPrecisions,
} from "../common/keys";
import type { Preset } from "../types";

/** An activation, and the two values that are compared at each of its kinks; a kink that is not named takes that of `kinks`, or its default. */
const comparison = z.strictObject({
  activation: z.enum(activationNames, `must be one of ${activationNames.join(", ")}`),
  kinks: z.record(z.string(), pair).refine((kinks) => Object.keys(kinks).length > 0, "must name a kink"),
});

export type Comparison = z.infer<typeof comparison>;

/** Keys of the configuration, with their defaults: VGG11 and ResNet18 with and without batch-norm, in three precisions. */
export const schema = z.strictObject({
  dataset: dataKeys.dataset.default("auto-colour"),
  split: dataKeys.split,
  images: dataKeys.images,
  preprocessing: dataKeys.preprocessing,
  label: dataKeys.label,
  networks: sweepOf(z.enum(networkNames, `must be one of ${networkNames.join(", ")}`))
    .default(["vgg11", "resnet18"])
    .describe(networkNames.join(", ")),
  widths: z
    .record(z.string(), layerWidths, "must be an object")
    .default({})
    .describe(
      "by network: channels of the stages, units of the hidden layers of mlp; a network not named here keeps its own",
    ),
  batchNorm: sweepOf(truth).default([false, true]).describe("without and with batch normalisation"),
  initialisation: z
    .enum(["own", "reset"], "must be own or reset")
    .default("own")
    .describe("own: as for training; reset: PyTorch's default for convolutions, as in the released code"),
  precisions: uniformPrecisions.default([16, 32, 64]),
  comparisons: z
    .array(comparison, "must be a list")
    .min(1, "must not be empty")
    .refine(
      (list) => new Set(list.map((one) => JSON.stringify(one))).size === list.length,
      "must not hold the same one twice",
    )
    .default([{ activation: "relu", kinks: { "relu.zero": [0, 1] } }])
    .describe("activations, each with the two values that are compared at its kinks"),
  // the value at maxPool.tie; hashes of configurations hold the key
  tie: finite
    .default(0)
    .describe("at ties in max-pooling, in both gradients: 0, all to the first maximum; 1, equal shares"),
  kinks,
  chainRule,
  runs: repeats.default(10).describe("initialisations per cell"),
  batches: repeats.default(20).describe("mini-batches that each initialisation is shown; none stops early"),
  batchSize: positiveInteger.default(128).describe("images in a mini-batch"),
  seed: z
    .number("must be an integer")
    .int("must be an integer")
    .default(1)
    .describe("of the initialisations; run t sees the batches of seed + t"),
  engine,
});

export type NetworksConfig = z.infer<typeof schema>;

/** `laptop` has networks of a quarter of the width. `paper` repeats the published initialisation, which is not that of the published trainings. */
export const presets: Readonly<Record<Preset, Partial<NetworksConfig>>> = {
  smoke: {
    images: 128,
    widths: { vgg11: [4, 4, 8, 8, 8], resnet18: [4, 4, 8, 8] },
    runs: 2,
    batches: 3,
    batchSize: 16,
  },
  laptop: { widths: { vgg11: [16, 32, 64, 128, 128], resnet18: [16, 32, 64, 128] }, runs: 15, batches: 10 },
  paper: { dataset: "cifar10", initialisation: "reset", runs: 1000, batches: 390 },
};

/** The values that have a meaning at each kink: the slopes on its two sides. PyTorch's ReLU6 takes 0 at both kinks. */
const family: Comparison[] = [
  { activation: "relu", kinks: { "relu.zero": [0, 1] } },
  { activation: "leakyRelu", kinks: { "leakyRelu.zero": [0.01, 1] } },
  { activation: "relu6", kinks: { "relu6.zero": [0, 1] } },
  { activation: "relu6", kinks: { "relu6.six": [0, 1] } },
  { activation: "relu6", kinks: { "relu6.zero": [0, 1], "relu6.six": [0, 1] } },
];

const perceptron: Partial<NetworksConfig> = {
  dataset: "auto",
  networks: ["mlp"],
  batchNorm: [false],
  batchSize: 256,
  comparisons: family,
};

/** Presets of `relu-family`: the perceptron of section 3. */
export const familyPresets: Readonly<Record<Preset, Partial<NetworksConfig>>> = {
  smoke: { ...perceptron, images: 1024, widths: { mlp: [32, 32] }, runs: 2, batches: 3 },
  laptop: { ...perceptron, widths: { mlp: [256, 256, 256] }, runs: 20, batches: 20 },
  paper: { ...perceptron, dataset: "mnist", widths: { mlp: [256, 256, 256] }, runs: 1000, batches: 234 },
};
