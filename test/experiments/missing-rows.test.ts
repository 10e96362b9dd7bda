/** A run whose rows were lost in part is completed when it is run again: no experiment takes it for done. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { experiment, planExperiment, runExperiment } from "../../src/experiments";
import { temporaryFolder } from "../runs/folder";

const perceptron = { dataset: "glyphs", images: 256, batchSize: 64, precisions: [32], runs: 1 };

const small: Readonly<Record<string, Record<string, unknown>>> = {
  zeros: { ...perceptron, testImages: 50, depths: [2], widths: [16], epochs: 2 },
  surprise: { ...perceptron, widths: [16, 8] },
  "gradient-difference": { ...perceptron, width: 16, depth: 2, runs: 5, replicas: 2 },
  law: {
    dataset: "glyphs",
    networks: [{ network: "mlp", widths: [8] }],
    precisions: [16, 32],
    images: 256,
    batchSize: 64,
    runs: 2,
    predictedRuns: 1,
    predictedImages: 64,
  },
  training: { ...perceptron, testImages: 50, widths: [8], epochs: 3, values: [0, 1] },
  "learning-rate-search": { ...perceptron, widths: [8], epochs: 3, values: [0], learningRates: [0.1, 0.01] },
  "bifurcation-frequency": {
    dataset: "glyphs",
    precisions: [16],
    widths: [16],
    depths: [2],
    batchSizes: [64],
    sampleSizes: [256],
    runs: 5,
    replicas: 2,
  },
};

it.each(Object.entries(small))("%s computes a row that is missing again, with the same bytes", async (name, set) => {
  const options = { runs: temporaryFolder(), workers: 0, set };
  const chosen = experiment(name);
  const { runDirectory } = await runExperiment(chosen, options);
  const file = join(runDirectory, "rows.jsonl");
  const whole = readFileSync(file, "utf8");
  const lines = whole.split("\n").slice(0, -1);
  for (const at of [0, Math.floor(lines.length / 2), lines.length - 1]) {
    writeFileSync(
      file,
      lines
        .filter((_, i) => i !== at)
        .map((line) => `${line}\n`)
        .join(""),
    );
    const planned = await planExperiment(chosen, options);
    expect(planned.runs.reduce((sum, { runs, done }) => sum + runs - done, 0)).toBeGreaterThan(0);
    await runExperiment(chosen, options);
    expect(readFileSync(file, "utf8")).toBe(whole);
  }
});

it("a plan refuses rows that the run would refuse", async () => {
  const options = { runs: temporaryFolder(), workers: 0, set: small["gradient-difference"]! };
  const chosen = experiment("gradient-difference");
  const { runDirectory } = await runExperiment(chosen, options);
  const file = join(runDirectory, "rows.jsonl");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll('"hits"', '"zeros"'));
  const message = /rows\.jsonl, line 1: must have the columns dataset, width, .*, got "zeros"/;
  await expect(planExperiment(chosen, options)).rejects.toThrow(message);
  await expect(runExperiment(chosen, options)).rejects.toThrow(message);
});
