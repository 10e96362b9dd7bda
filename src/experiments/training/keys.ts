/** Keys that every experiment which trains has in its configuration. */
import { z } from "zod";
import { defaultEngine } from "../../engines";
import { precisionIds, precisionWords, type UniformId, uniformIds } from "../../formats";
import { networkNames } from "../../nn";
import { chainRules } from "../../ops";
import { type OptimizerName, optimizerNames } from "../../optim";
import { fail } from "../../util";

const INTEGER = "must be a positive integer";
export const positiveInteger = z.number(INTEGER).int(INTEGER).min(1, INTEGER);
const finite = z.number("must be a finite number");
export const POSITIVE = "must be a positive number";
export const rate = z.number(POSITIVE).positive(POSITIVE);
const NOT_NEGATIVE = "must be a number, 0 or more";
const decay = z.number(NOT_NEGATIVE).min(0, NOT_NEGATIVE);
const truth = z.boolean("must be true or false");
const share = z.number("must be in [0, 1)").min(0, "must be in [0, 1)").lt(1, "must be in [0, 1)");
const count = positiveInteger.nullable();

/** A list that is not empty and in which nothing stands twice: each item is a part of the sweep. */
export const sweepOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item, "must be a list")
    .min(1, "must not be empty")
    .refine((list) => new Set(list).size === list.length, "must not hold the same twice");

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

const oneOf = (ids: readonly (number | string)[]) => `must be one of ${ids.join(", ")}`;
/** "16, 32, 64 bits" */
const uniform = precisionWords(uniformIds);

/** Precisions of an experiment that computes everything in one format. */
export const uniformPrecisions = sweepOf(z.literal(uniformIds, oneOf(uniformIds))).describe(
  `of all of the arithmetic: ${uniform}`,
);

/** Runs: a number for all precisions, or one for each. */
export const runsByPrecision = z.union(
  [positiveInteger, z.partialRecord(z.enum(uniformIds.map(String)), positiveInteger)],
  `must be a positive integer, or one for each of ${uniformIds.join(", ")}`,
);

/** The number of runs in a precision. @throws NonsmoothError where none is given for it */
export const runsIn = (runs: z.infer<typeof runsByPrecision>, precision: UniformId): number =>
  typeof runs === "number"
    ? runs
    : (runs[String(precision)] ?? fail("runs", `must have a number for precision ${precision}`, runs));

export const dataKeys = {
  dataset: z
    .string("must be text")
    .default("auto")
    .describe("a dataset, imagenet, or auto (28×28 grey), auto-colour (32×32 colour) for what is there"),
  split: z
    .enum(["train", "extra"], "must be train or extra")
    .default("train")
    .describe("what is trained on; extra: SVHN's further images, as published"),
  images: count
    .default(null)
    .describe("training images, from the first on, of an image folder evenly spaced; null: all"),
  preprocessing: z
    .string("must be text")
    .default("auto")
    .describe("normalisation and augmentation of a dataset of that name, or none; auto: those of the dataset"),
  label: z
    .string("must be text or null")
    .nullable()
    .default(null)
    .describe('what figures call the dataset: "CIFAR-10, JPEG copy"; null: its own name'),
};

export const networkKeys = {
  network: z
    .enum(networkNames, `must be one of ${networkNames.join(", ")}`)
    .default("mlp")
    .describe(networkNames.join(", ")),
  widths: z
    .array(positiveInteger, "must be a list or null")
    .nullable()
    .default(null)
    .describe("units of the hidden layers of mlp, channels of the stages of the others; null: the network's own"),
  batchNorm: sweepOf(truth).default([false]).describe("without and with batch normalisation"),
  dropout: sweepOf(share).default([0]).describe("rates of dropout behind the hidden layers of mlp"),
};

export const optimizationKeys = {
  optimizers: sweepOf(z.enum(optimizerNames, `must be one of ${optimizerNames.join(", ")}`))
    .default(["sgd"])
    .describe(optimizerNames.join(", ")),
  momentum: share.default(0.9).describe("of sgd"),
  epsilon: rate.default(1e-8).describe("of adam and adamw, beside the root; 1e-8 is 0 in 16 bits"),
  nesterov: truth.default(false).describe("whether sgd takes Nesterov's momentum"),
  weightDecay: forEachOptimizer(decay, NOT_NEGATIVE, { sgd: 5e-4, adam: 0, adamw: 0.01 }).describe(
    "for every optimizer, or one for each",
  ),
  schedule: z
    .record(z.string(), z.unknown(), "must be an object")
    .default({ kind: "cosine" })
    .describe(
      "of the learning rate: its kind (constant, cosine, step, warmup) and what that needs; cosine: over epochs",
    ),
  epochs: positiveInteger.default(10).describe("passes over the training images"),
  batchSize: positiveInteger.default(128).describe("images in a mini-batch"),
  testBatchSize: positiveInteger.default(500).describe("images in a batch of the evaluation"),
};

export const sweepKeys = {
  precisions: sweepOf(z.literal(precisionIds, oneOf(precisionIds)))
    .default([32])
    .describe(`of all of the arithmetic: ${uniform}; mixed: 16 bits with 32-bit weights and loss scaling`),
  values: sweepOf(finite).default([0, 1]).describe("of ReLU'(0); differences are taken against the first"),
  tie: finite.default(0).describe("at ties in max-pooling: 0, all to the first maximum; 1, equal shares"),
  chainRules: sweepOf(z.enum(chainRules, `must be ${chainRules.join(" or ")}`))
    .default(["multiply"])
    .describe("multiply: the derivative as defined; overwrite: the released code of 2021"),
  runs: positiveInteger.default(3).describe("trainings of each kind; number t has the same start and batches in all"),
  seed: z.number("must be an integer").int("must be an integer").default(1).describe("of run 0; run t has seed + t"),
  engine: z.string("must be text").default(defaultEngine).describe("what computes; auto: a GPU where there is one"),
  threads: z
    .number("must be a whole number, 0 or more")
    .int("must be a whole number, 0 or more")
    .min(0, "must be a whole number, 0 or more")
    .default(0)
    .describe("of the engine, and bits depend on it; 0: one for each core"),
};

const shared = z.object({ ...dataKeys, ...networkKeys, ...optimizationKeys, ...sweepKeys });

/** What experiments that train have in common. */
export type SharedConfig = z.infer<typeof shared>;
