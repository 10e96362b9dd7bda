import { z } from "zod";
import {
  chainRule,
  engine,
  greyDataset,
  layerWidths,
  positiveInteger,
  rate,
  repeats,
  seed,
  uniformPrecisions,
} from "../common/keys";
import type { Preset } from "../types";

/** 0.01 · (U/5 + 1) with the published seed. */
const PUBLISHED_RATE = 0.0118592;

/** Keys of both experiments of this folder: the network, its data, its course. */
const courseKeys = {
  dataset: greyDataset,
  images: positiveInteger
    .nullable()
    .default(null)
    .describe("images of the one pass, from the first on, in order; null: all"),
  engine,
  widths: layerWidths.min(1, "must not be empty").default([2000, 128]).describe("neurons of the hidden layers"),
  batchSize: positiveInteger.default(128).describe("images in a mini-batch"),
  learningRate: rate.default(PUBLISHED_RATE).describe("of plain SGD: no momentum, no weight decay"),
  seed,
};

export const schema = z.strictObject({
  ...courseKeys,
  precisions: uniformPrecisions.default([32, 64]),
  chainRule,
  runs: repeats.default(3).describe("initialisations, each in every precision"),
});

export type SurpriseConfig = z.infer<typeof schema>;

/** What both experiments have in common. */
export type CourseConfig = Pick<SurpriseConfig, keyof typeof courseKeys>;

/** The seed of `smoke` is one that met an exact zero early; on another CPU it may not. */
export const presets: Readonly<Record<Preset, Partial<SurpriseConfig>>> = {
  smoke: { dataset: "glyphs", images: 5000, widths: [64, 32], precisions: [32, 64], runs: 2, seed: 6 },
  laptop: { runs: 3 },
  // published: one run, from a start that we do not have; one of ours may well meet no zero
  paper: { runs: 20 },
};

const EVEN = "must be an even number from 2 to 1000, so that the bifurcation itself is a point";
const even = z.number(EVEN).int(EVEN).multipleOf(2, EVEN).min(2, EVEN).max(1000, EVEN);

export const planeSchema = z.strictObject({
  ...courseKeys,
  attempts: repeats.default(20).describe("initialisations to try, until one meets an exact zero within the pass"),
  points: even.default(200).describe("of the grid, along each of its two sides"),
  extent: rate.default(5e-6).describe("half of the grid's side, in units of the normalised directions"),
});

export type PlaneConfig = z.infer<typeof planeSchema>;

export const planePresets: Readonly<Record<Preset, Partial<PlaneConfig>>> = {
  smoke: { dataset: "glyphs", images: 5000, widths: [64, 32], seed: 6, attempts: 200, points: 20 },
  laptop: { points: 100 },
  paper: {},
};
