/** The experiment `learning-rate-search`: what it looks at, and what it calls the best. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import { dataSource, holdOut, loadDataset } from "../../src/data";
import {
  type LearningRateRow,
  learningRateSearch,
  makeConfig,
  type RunOptions,
  runExperiment,
} from "../../src/experiments";
import { SMALL, temporaryFolder } from "./support";

const { testImages: _, ...small } = SMALL;
const search = (set: Readonly<Record<string, unknown>>, options: RunOptions = {}) =>
  runExperiment(learningRateSearch, { runs: temporaryFolder(), ...options, set: { ...small, ...set } });

/** An image of one colour in each of the class folders. */
async function writeImageFolder(directory: string, folders: readonly string[]): Promise<void> {
  const image = sharp({ create: { width: 12, height: 10, channels: 3, background: "teal" } });
  const bytes = await image.png().toBuffer();
  for (const folder of folders) {
    mkdirSync(join(directory, folder), { recursive: true });
    writeFileSync(join(directory, folder, "1.png"), bytes);
  }
}

describe("a search", () => {
  it("a search never reads the test split, and trains on what validation leaves of the training split", async () => {
    const load = vi.spyOn(dataSource("glyphs"), "load");
    const { rows, manifest } = await search({ images: 200, validation: 0.25, learningRates: [0.01, 0.1], values: [0] });
    expect(load.mock.calls.length).toBeGreaterThan(0);
    expect(load.mock.calls.map(([{ split }]) => split).filter((split) => split !== "train")).toEqual([]);
    load.mockRestore();
    expect(Object.keys(rows[0]!)).toEqual(expect.arrayContaining(["validationLoss", "validationAccuracy"]));
    expect(Object.keys(rows[0]!).filter((name) => name.startsWith("test"))).toEqual([]);
    expect(manifest.environment.dataset).toMatchObject({ count: 150, split: "train" });
    expect(manifest.environment.validation).toMatchObject({ count: 50, split: "train" });
    const [, held] = holdOut(await loadDataset("glyphs", { split: "train", count: 200 }), 0.25, 1);
    expect(manifest.environment.validation).toMatchObject({ description: held.description });
  });

  it("a learning rate at which a run diverges is counted, and not chosen", async () => {
    const { rows, summary } = await search({ learningRates: [1e30, 0.05], values: [0, 1] });
    expect(rows.filter((row) => row.outcome === "diverged")).toHaveLength(2);
    expect(summary.rates.map(({ learningRate, diverged }) => [learningRate, diverged])).toEqual([
      [0.05, 0],
      [1e30, 1],
      [0.05, 0],
      [1e30, 1],
    ]);
    expect(summary.best.map(({ value, learningRate }) => [value, learningRate])).toEqual([
      [0, 0.05],
      [1, 0.05],
    ]);
  });

  it("a validation share that leaves a part empty is refused, and so is an image folder", async () => {
    await expect(search({ validation: 1 })).rejects.toThrow("validation: must be in (0, 1), got 1");
    await expect(search({ images: 4 })).rejects.toThrow("validation: must leave both parts some images, got 0.1");
    const data = temporaryFolder();
    await writeImageFolder(join(data, "imagenet"), ["train/cat", "train/dog", "val/cat", "val/dog"]);
    await expect(search({ dataset: "imagenet", images: 2 }, { data })).rejects.toThrow(
      'dataset: must fit into memory to be divided, got "imagenet"',
    );
  });
});

describe("the best rate", () => {
  const config = makeConfig(learningRateSearch, { set: { learningRates: [0.1, 0.001, 0.01], runs: 2, values: [0.5] } });
  const network = { dataset: "glyphs", label: null, network: "mlp", batchNorm: false, dropout: 0 };
  const cell = { ...network, optimizer: "sgd", precision: 32, value: 0.5, chainRule: "multiply" } as const;
  const row = (learningRate: number, trial: number, validationAccuracy: number): LearningRateRow => ({
    ...cell,
    learningRate,
    trial,
    epoch: 3,
    trainLoss: 1,
    validationLoss: 1,
    validationAccuracy,
    validationCount: 12,
    outcome: Number.isNaN(validationAccuracy) ? "diverged" : "finished",
    reason: null,
  });

  it("the best rate has the highest mean at the final epoch, where a diverged run counts as 0", () => {
    const rows = [
      ...[row(0.001, 0, 0.5), row(0.001, 1, 0.75), row(0.01, 0, 0.625), row(0.01, 1, 0.625)],
      ...[row(0.1, 0, 1), row(0.1, 1, Number.NaN)],
      { ...row(0.1, 0, 2), epoch: 2, outcome: "running" } as const,
    ];
    const { best, rates } = learningRateSearch.summarize(rows, config);
    // of two equal means the smaller rate
    expect(best).toMatchObject([{ learningRate: 0.001, validationAccuracy: 0.625, runs: 6, diverged: 1 }]);
    expect(rates.map(({ learningRate, validationAccuracy }) => [learningRate, validationAccuracy])).toEqual([
      [0.001, 0.625],
      [0.01, 0.625],
      [0.1, 0.5],
    ]);
    expect(rates[2]!.accuracies).toEqual([1, null]);
  });

  it("there is no best rate where every run diverged", () => {
    const rows = [0.001, 0.01, 0.1].flatMap((rate) => [row(rate, 0, Number.NaN), row(rate, 1, Number.NaN)]);
    const { best } = learningRateSearch.summarize(rows, config);
    expect(best).toMatchObject([{ learningRate: null, validationAccuracy: null, diverged: 6 }]);
  });
});
