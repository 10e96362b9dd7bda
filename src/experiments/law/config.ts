import { z } from "zod";
import { networkNames } from "../../nn";
import {
  engine,
  greyDataset,
  label,
  layerWidths,
  positiveInteger,
  repeats,
  streamSeed,
  sweepOf,
  text,
  truth,
  uniformPrecisions,
} from "../common/keys";
import type { Preset } from "../types";
import { lawArm } from "./arms";
import { orderNames } from "./orders";

const images = positiveInteger.describe("of the pass, from the first on; only its full mini-batches are used");
const orders = sweepOf(z.enum(orderNames, `must be one of ${orderNames.join(", ")}`)).describe(
  "of the sums in perceptrons: engine, as the engine adds; in-turn, term after term, each partial sum rounded to the accumulator of the precision; others for 32 bits",
);
const runs = repeats.describe("initialisations of each cell");

/** A network, and what differs for it from the keys of the same names beside `networks`. */
const network = z.strictObject({
  network: z.enum(networkNames, `must be one of ${networkNames.join(", ")}`),
  widths: layerWidths.optional(),
  batchNorm: truth.default(false),
  precisions: uniformPrecisions.optional(),
  orders: orders.optional(),
  images: images.optional(),
  runs: runs.optional(),
});

/** Keys of the configuration, with their defaults: the paper's network at 16, 32 and 64 bits and in bfloat16. */
export const schema = z.strictObject({
  dataset: greyDataset,
  preprocessing: text
    .default("none")
    .describe("normalisation of a dataset of that name, without augmentation, or none"),
  engine,
  networks: z
    .array(network, "must be a list")
    .min(1, "must not be empty")
    .default([{ network: "mlp", widths: [256, 256, 256], batchNorm: false }])
    .describe("networks, each with keys of its own where it differs"),
  precisions: uniformPrecisions.default([16, "bf16", 32, 64]),
  orders: orders.default(["engine"]),
  images: images.default(60_000),
  batchSize: positiveInteger.default(256).describe("images in a mini-batch; counts depend on it with batch-norm only"),
  runs: runs.default(20),
  predictedRuns: repeats.default(20).describe("of a cell's initialisations, those that are predicted, too"),
  predictedImages: positiveInteger.default(2560).describe("of the pass in f64 that predicts, from the first on"),
  seed: streamSeed,
  // no default: the identifiers of runs without it stay as they are
  label: label.optional(),
});

export type LawConfig = z.infer<typeof schema>;

export const presets: Readonly<Record<Preset, Partial<LawConfig>>> = {
  smoke: lawArm("published", "smoke"),
  laptop: lawArm("published", "laptop"),
  paper: lawArm("published", "paper"),
};
