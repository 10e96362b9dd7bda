/**
 * A run's folder is found by the hash of what `resolve` returns. These configurations, and their hashes, are of the time before
 * there were GPU engines and replicas: runs of that time go on where they stopped.
 */
import { expect, it } from "vitest";
import { experiment, makeConfig } from "../../src/experiments";
import { configHash } from "../../src/runs";

const image = { dataset: "glyphs", images: 120, widths: [12], batchSize: 40, epochs: 2, threads: 1 };
const cell = { widths: [8], depths: [1, 2], batchSizes: [64] };

it.each([
  [
    "bifurcation-frequency",
    { dataset: "glyphs", precisions: [16, 64], ...cell, sampleSizes: [640], runs: 2 },
    { engine: "onnx-cpu", replicas: 1 },
    "0139a5ddfacbaae04c4c5fb1be895ceb083d9dc9e6b19f65004a515596485697",
  ],
  [
    "training",
    { ...image, testImages: 50 },
    { engine: "onnx-cpu" },
    "01901c8279b1d2cf425c1d7c2d8598bb821d158a2ce7053b9c5ce9b30ec45a6b",
  ],
  [
    "learning-rate-search",
    image,
    { engine: "onnx-cpu" },
    "9e9abcdb4e4b3ced7f168083829aaf90c517c47bbd436c0be16fb10f4ef6c21e",
  ],
])("a resolved configuration of %s has the hash that it had", async (name, set, defaults, hash) => {
  const known = experiment(name);
  for (const given of [set, { ...set, ...defaults }]) {
    const resolved = await known.resolve(makeConfig(known, { set: given }), { log: () => {} });
    expect(configHash(name, resolved as Record<string, unknown>)).toBe(hash);
  }
});
