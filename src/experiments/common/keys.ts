/** Keys that experiments have in common, and the rules that they are made of. */
import { z } from "zod";
import { defaultEngine } from "../../engines";
import {
  isUniformId,
  type ParametricName,
  precisionIds,
  precisionRule,
  precisionWords,
  type UniformId,
  uniformIds,
} from "../../formats";
import { chainRules as ruleNames } from "../../ops";
import { fail } from "../../util";

const INTEGER = "must be a positive integer";
export const positiveInteger = z.number(INTEGER).int(INTEGER).min(1, INTEGER);
/** More of anything that is listed one by one, such as runs, would not fit into memory. */
const MOST = 1_000_000;
export const repeats = positiveInteger.max(MOST, `must be at most ${MOST}`);
/** Hidden layers: the graph of more would take minutes to build. */
export const MOST_LAYERS = 10_000;
export const layerCount = positiveInteger.max(MOST_LAYERS, `must be at most ${MOST_LAYERS} hidden layers`);
export const TOO_MANY_LAYERS = `must be of at most ${MOST_LAYERS} hidden layers`;
export const layerWidths = z.array(positiveInteger, "must be a list").max(MOST_LAYERS, TOO_MANY_LAYERS);
export const finite = z.number("must be a finite number");
export const POSITIVE = "must be a positive number";
export const rate = z.number(POSITIVE).positive(POSITIVE);
export const NOT_NEGATIVE = "must be a number, 0 or more";
export const notNegative = z.number(NOT_NEGATIVE).min(0, NOT_NEGATIVE);
export const truth = z.boolean("must be true or false");
/** A share below 1. */
export const share = z.number("must be in [0, 1)").min(0, "must be in [0, 1)").lt(1, "must be in [0, 1)");
export const count = positiveInteger.nullable();
const THREADS = "must be a whole number from 0 to 1024";
export const threadCount = z.number(THREADS).int(THREADS).min(0, THREADS).max(1024, THREADS);
export const text = z.string("must be text");
const integer = z.number("must be an integer").int("must be an integer");

/** A list that is not empty and has no item twice: each item is a part of the sweep. */
export const sweepOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item, "must be a list")
    .min(1, "must not be empty")
    .refine((list) => new Set(list).size === list.length, "must not hold the same item twice");

export const oneOf = (ids: readonly (number | string)[]) => `must be one of ${ids.join(", ")}`;
/** "16, 32, 64 bits, …, or any such as e8p12" */
const uniform = `${precisionWords(uniformIds)}, or a format such as e8p12 (docs/numerics.md)`;

/** Formats by their numbers of bits. */
const parametric = z.string().refine(isUniformId, { abort: true }) as unknown as z.ZodType<ParametricName, string>;
const precisionAmong = <const Id extends number | string>(ids: readonly Id[]) =>
  z.union([z.literal(ids), parametric], precisionRule(ids));

/** Precisions of an experiment that computes everything in one format. */
export const uniformPrecisions = sweepOf(precisionAmong(uniformIds)).describe(`of all arithmetic: ${uniform}`);

/** Runs: a number for all precisions, or one for each. */
export const runsByPrecision = z.union(
  [repeats, z.partialRecord(z.union([z.enum(uniformIds.map(String)), parametric]), repeats)],
  `must be a positive integer up to ${MOST}, or one for each of ${uniformIds.join(", ")}`,
);

/** The number of runs in a precision. @throws NonsmoothError where none is given for it */
export const runsIn = (runs: z.infer<typeof runsByPrecision>, precision: UniformId): number =>
  typeof runs === "number"
    ? runs
    : ((runs as Readonly<Record<string, number>>)[String(precision)] ??
      fail("runs", `must have a number for precision ${precision}`, runs, `\`--set runs.${precision}=20\``));

export const precisions = sweepOf(precisionAmong(precisionIds)).describe(
  `of all arithmetic: ${uniform}; mixed: 16 bits with 32-bit weights and loss scaling`,
);

const RULES = "multiply: the derivative as defined; overwrite: the released code of 2021";
export const chainRule = z
  .enum(ruleNames, `must be ${ruleNames.join(" or ")}`)
  .default("multiply")
  .describe(RULES);
export const chainRules = sweepOf(z.enum(ruleNames, `must be ${ruleNames.join(" or ")}`)).describe(RULES);

/** Of experiments on perceptrons. */
export const greyDataset = text.default("auto").describe("mnist, glyphs, or auto for what is there");
export const engine = text.default(defaultEngine).describe("what computes; auto: a GPU where there is one");
/** Of experiments whose run t is drawn by seed + t. */
export const seed = integer.default(1).describe("of run 0; run t has seed + t");
/** Of experiments whose runs have streams of their own. */
export const streamSeed = integer.default(1).describe("of all random streams");
/** Of experiments whose networks may share a program; `completeReplicas` says where it is absent. */
export const replicas = positiveInteger.optional().meta({
  description:
    "initialisations that go through one program at a time; more than 1 is for GPUs, and cuda's default is 256",
  default: 1,
});
/** The two values at a kink that are compared: `pair`, not `values`, since the key is part of configuration hashes. */
export const pair = z.tuple([finite, finite], "must be two numbers");

/** Of experiments whose figures say where the data are from. */
export const label = z
  .string("must be text or null")
  .nullable()
  .describe('what figures call the dataset: "CIFAR-10, JPEG copy"; null: its own name');

export const dataKeys = {
  dataset: text
    .default("auto")
    .describe("a dataset, imagenet, or auto (28×28 grey), auto-colour (32×32 colour) for what is there"),
  split: z
    .enum(["train", "extra"], "must be train or extra")
    .default("train")
    .describe("what is trained on; extra: SVHN's further images, as published"),
  images: count
    .default(null)
    .describe("training images, from the first on; of an image folder, evenly spaced; null: all"),
  preprocessing: text
    .default("auto")
    .describe("normalisation and augmentation of a dataset of that name, or none; auto: those of the dataset"),
  label: label.default(null),
};

const data = z.object(dataKeys);
export type DataKeys = z.infer<typeof data>;
