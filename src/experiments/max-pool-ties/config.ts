import { z } from "zod";
import { settingsOf } from "../common/arms";
import {
  engine,
  finite,
  notNegative,
  positiveInteger,
  rate,
  repeats,
  seed,
  share,
  sweepOf,
  uniformPrecisions,
} from "../common/keys";
import { poolNetworkKeys } from "../common/pool-networks";
import type { Preset } from "../types";

/**
 * How a max-pool computes with the value β at ties. `exact`: the maximum, and the gradient is mixed with one rounding. `mixed`: value and
 * gradient as in the released code, each product with β and 1 − β rounded. `mixed-value`: that value with the gradient of `exact`.
 */
export const poolings = ["exact", "mixed-value", "mixed"] as const;
export type Pooling = (typeof poolings)[number];

/** Keys of the configuration, with their defaults: LeNet-5 at the published values of β. */
export const schema = z.strictObject({
  ...poolNetworkKeys,
  testImages: positiveInteger.nullable().default(null).describe("images for the accuracy after each epoch; null: all"),
  engine,
  precisions: uniformPrecisions.default([16, 32]),
  ties: sweepOf(finite)
    .default([0, 1, 10, 100, 1000, 10_000])
    .describe("values β at ties: 0, all to the first maximum; 1, equal shares; β, β·shares + (1 − β)·first"),
  poolings: sweepOf(z.enum(poolings, `must be one of ${poolings.join(", ")}`))
    .default([...poolings])
    .describe(
      "exact: the maximum, its gradient rounded once; mixed: value and gradient as released, each product with β rounded; mixed-value: that value, exact gradient",
    ),
  epochs: repeats.default(3).describe("passes over the training images"),
  batchSize: positiveInteger.default(128).describe("images in a mini-batch"),
  learningRate: rate.default(0.05).describe("of sgd at the start of the cosine schedule"),
  momentum: share.default(0.9).describe("of sgd"),
  weightDecay: notNegative.default(5e-4).describe("of sgd"),
  runs: repeats
    .default(3)
    .describe("trainings of each kind; training t has the same start and mini-batches in all kinds"),
  seed,
});

export type MaxPoolTiesConfig = z.infer<typeof schema>;

type Settings = Partial<MaxPoolTiesConfig>;

/** `paper` is the published protocol, with the two further ways of pooling; its learning rates are not recorded. */
export const presets: Readonly<Record<Preset, Settings>> = {
  smoke: { images: 200, testImages: 100, ties: [0, 1000], epochs: 1, batchSize: 50, runs: 1 },
  laptop: { images: 3000, testImages: 1000, batchSize: 64 },
  paper: { dataset: "mnist", epochs: 100, runs: 10 },
};

const colour = { network: "vgg11", batchNorm: true, dataset: "auto-colour" } satisfies Settings;

/** VGG11 with batch normalisation; without it a narrow one learns nothing in a few epochs. */
const vgg11: Readonly<Record<Preset, Settings>> = {
  smoke: { ...colour, widths: [4, 8, 8, 8, 8] },
  laptop: { ...colour, widths: [16, 32, 64, 64, 64], images: 1500 },
  paper: { ...colour, dataset: "cifar10", epochs: 200 },
};
const arms = { lenet5: { smoke: {}, laptop: {}, paper: {} }, vgg11 } satisfies Record<string, typeof vgg11>;

/** The two networks of the notebook. */
export type MaxPoolTiesArm = keyof typeof arms;
export const maxPoolTiesArms = Object.keys(arms) as readonly MaxPoolTiesArm[];

/**
 * What a network's trainings add to a preset, for `runExperiment(maxPoolTies, { preset, set })`.
 * @throws NonsmoothError for an unknown network or preset, with the nearest known one as a hint
 * @example
 * ```ts
 * import { maxPoolTiesArm } from "nonsmooth";
 *
 * console.log(maxPoolTiesArm("vgg11", "laptop")); // {
 * //   network: 'vgg11',
 * //   batchNorm: true,
 * //   dataset: 'auto-colour',
 * //   widths: [ 16, 32, 64, 64, 64 ],
 * //   images: 1500
 * // }
 * ```
 */
export const maxPoolTiesArm = (network: MaxPoolTiesArm, preset: Preset | (string & {})): Settings =>
  settingsOf<Settings>("max-pool-ties arm", arms, network, preset);
