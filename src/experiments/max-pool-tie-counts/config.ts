import { z } from "zod";
import { engine, positiveInteger, repeats, seed, uniformPrecisions } from "../common/keys";
import { poolNetworkKeys } from "../common/pool-networks";
import type { Preset } from "../types";

/** Keys of the configuration, with their defaults: LeNet-5 as drawn, in 16 and 32 bits. */
export const schema = z.strictObject({
  ...poolNetworkKeys,
  engine,
  precisions: uniformPrecisions.default([16, 32]),
  batchSize: positiveInteger.default(100).describe("images in a mini-batch, which batch normalisation depends on"),
  runs: repeats.default(3).describe("initialisations; the same ones in every precision"),
  seed,
});

export type MaxPoolTieCountsConfig = z.infer<typeof schema>;

export const presets: Readonly<Record<Preset, Partial<MaxPoolTieCountsConfig>>> = {
  smoke: { images: 100, batchSize: 50, runs: 1 },
  laptop: { images: 1000 },
  paper: { images: 10_000, runs: 10 },
};
