/** Keys that experiments which train have in common. */
import { z } from "zod";
import { networkNames } from "../../nn";
import { type OptimizerName, optimizerNames } from "../../optim";
import { kinks } from "../common/conventions";
import {
  chainRules,
  dataKeys,
  engine,
  finite,
  MOST_LAYERS,
  NOT_NEGATIVE,
  notNegative,
  positiveInteger,
  precisions,
  rate,
  repeats,
  seed,
  share,
  sweepOf,
  TOO_MANY_LAYERS,
  threadCount,
  truth,
} from "../common/keys";

/** A number for every optimizer, or one for each of them; optimizers that are left out take their default. */
export const forEachOptimizer = (
  number: z.ZodNumber,
  rule: string,
  defaults: Readonly<Record<OptimizerName, number>>,
) =>
  z
    .union(
      [
        number,
        z.strictObject({
          sgd: number.default(defaults.sgd),
          adam: number.default(defaults.adam),
          adamw: number.default(defaults.adamw),
        }),
      ],
      `${rule}, or one for each of ${optimizerNames.join(", ")}`,
    )
    .default(defaults);

/** The number that holds for one optimizer. */
export const ofOptimizer = (numbers: number | Readonly<Record<OptimizerName, number>>, name: OptimizerName): number =>
  typeof numbers === "number" ? numbers : numbers[name];

export const networkKeys = {
  network: z
    .enum(networkNames, `must be one of ${networkNames.join(", ")}`)
    .default("mlp")
    .describe(networkNames.join(", ")),
  widths: z
    .array(positiveInteger, "must be a list or null")
    .max(MOST_LAYERS, TOO_MANY_LAYERS)
    .nullable()
    .default(null)
    .describe("units of the hidden layers of mlp, channels of the stages of the others; null: the network's own"),
  batchNorm: sweepOf(truth).default([false]).describe("without and with batch normalisation"),
  dropout: sweepOf(share).default([0]).describe("rates of dropout after the hidden layers of mlp"),
};

export const optimizationKeys = {
  optimizers: sweepOf(z.enum(optimizerNames, `must be one of ${optimizerNames.join(", ")}`))
    .default(["sgd"])
    .describe(optimizerNames.join(", ")),
  momentum: share.default(0.9).describe("of sgd"),
  epsilon: rate.default(1e-8).describe("of adam and adamw, added to the root; 1e-8 is 0 in 16 bits"),
  nesterov: truth.default(false).describe("whether sgd uses Nesterov's momentum"),
  weightDecay: forEachOptimizer(notNegative, NOT_NEGATIVE, { sgd: 5e-4, adam: 0, adamw: 0.01 }).describe(
    "for every optimizer, or one for each",
  ),
  schedule: z
    .record(z.string(), z.unknown(), "must be an object")
    .default({ kind: "cosine" })
    .describe(
      "of the learning rate: its kind (constant, cosine, step, warmup) and what that needs; cosine: over epochs",
    ),
  epochs: repeats.default(10).describe("passes over the training images"),
  batchSize: positiveInteger.default(128).describe("images in a mini-batch"),
  testBatchSize: positiveInteger.default(500).describe("images in a batch of an evaluation"),
};

export const sweepKeys = {
  precisions: precisions.default([32]),
  values: sweepOf(finite).default([0, 1]).describe("of ReLU'(0); differences are taken against the first"),
  // the value at maxPool.tie; hashes of configurations hold the key
  tie: finite.default(0).describe("at ties in max-pooling: 0, all to the first maximum; 1, equal shares"),
  kinks,
  chainRules: chainRules.default(["multiply"]),
  runs: repeats
    .default(3)
    .describe("trainings of each kind; training t has the same start and mini-batches in all kinds"),
  seed,
  engine,
  threads: threadCount.default(0).describe("of the engine; bits depend on it; 0: one for each core"),
};

const shared = z.object({ ...dataKeys, ...networkKeys, ...optimizationKeys, ...sweepKeys });

/** What experiments that train have in common. */
export type SharedConfig = z.infer<typeof shared>;
