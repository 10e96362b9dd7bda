/** The summary of `training` from rows made by hand, and the count of a training's arithmetic. */
import { describe, expect, it, vi } from "vitest";
import { bifurcationFrequency, makeConfig, planExperiment, type TrainingRow, training } from "../../src/experiments";
import { SMALL, temporaryFolder } from "./support";

const cell = {
  dataset: "glyphs",
  label: null,
  network: "mlp",
  batchNorm: false,
  dropout: 0,
  optimizer: "sgd",
  learningRate: 0.01,
  precision: 32,
  chainRule: "multiply",
} as const;
const row = (value: number, trial: number, testAccuracy: number): TrainingRow => ({
  ...cell,
  value,
  trial,
  epoch: 2,
  trainLoss: 1,
  testLoss: 1,
  testAccuracy,
  testCount: 50,
  outcome: Number.isNaN(testAccuracy) ? "diverged" : "finished",
  reason: null,
});

describe("the summary", () => {
  const config = makeConfig(training, { set: { values: [0, 1], runs: 3 } });

  it("means are over finished runs, and differences over pairs in which both runs finished", () => {
    const rows = [
      ...[row(0, 0, 0.5), row(0, 1, 0.75), row(0, 2, 0.25)],
      ...[row(1, 0, 0.75), row(1, 1, Number.NaN), row(1, 2, 0.5)],
      { ...row(1, 0, 0.1), epoch: 1, outcome: "running" } as const,
    ];
    const { cells, differences } = training.summarize(rows, config);
    expect(cells).toMatchObject([
      { value: 0, runs: 3, finished: 3, diverged: 0, testAccuracy: 0.5, accuracies: [0.5, 0.75, 0.25] },
      { value: 1, runs: 3, finished: 2, diverged: 1, testAccuracy: 0.625, accuracies: [0.75, null, 0.5] },
    ]);
    expect(cells[0]!.low).toBeGreaterThanOrEqual(0.25);
    expect(cells[0]!.high).toBeLessThanOrEqual(0.75);
    // 0.75 − 0.5 and 0.5 − 0.25, the same in both pairs, though the means differ by 0.125
    expect(differences).toMatchObject([{ value: 1, against: 0, n: 2, difference: 0.25, low: 0.25, high: 0.25 }]);
  });

  it("a summary of no rows has no numbers", () => {
    const { cells, differences } = training.summarize([], config);
    expect(cells[0]).toMatchObject({ finished: 0, testAccuracy: null, accuracies: [null, null, null] });
    expect(differences[0]).toMatchObject({ n: 0, difference: null });
  });
});

describe("the plan", () => {
  const plan = (set: Readonly<Record<string, unknown>>) =>
    planExperiment(training, { runs: temporaryFolder(), set: { ...SMALL, ...set } });

  it("a plan without the data takes the official numbers of images, and says so once", async () => {
    vi.stubEnv("NONSMOOTH_DATA", "/nowhere");
    vi.stubEnv("HOME", "/nowhere");
    const lines: string[] = [];
    const set = { dataset: "cifar10", network: "lenet5", values: [0], runs: 1, epochs: 1, images: null };
    const { runs } = await planExperiment(training, {
      runs: temporaryFolder(),
      set: { ...SMALL, ...set, widths: null },
      log: (line) => void lines.push(line),
    });
    vi.unstubAllEnvs();
    expect(lines.sort()).toEqual([
      "cifar10 is not here: planned with all 10000 images of its test split",
      "cifar10 is not here: planned with all 50000 images of its train split",
    ]);
    const { runs: of100 } = await planExperiment(training, {
      runs: temporaryFolder(),
      set: { ...SMALL, ...set, widths: null, dataset: "colour-glyphs", images: 100, testImages: 10_000 },
    });
    expect(runs[0]!.flop).toBeGreaterThan(5 * of100[0]!.flop);
  });

  it("the plan of a perceptron counts all products, and no input gradient for the first layer", async () => {
    const { runs } = await plan({ widths: [20, 30], values: [0], batchNorm: [false, true], runs: 2 });
    const [forward, first] = [784 * 20 + 20 * 30 + 30 * 10, 784 * 20];
    const flop = 2 * (120 * (3 * forward - first) + 50 * forward) * SMALL.epochs * 2;
    expect(runs).toEqual([
      { name: "mlp, sgd, 32 bits, ReLU'(0) = 0", format: "f32", runs: 2, done: 0, flop, flopDone: 0 },
      { name: "mlp + BN, sgd, 32 bits, ReLU'(0) = 0", format: "f32", runs: 2, done: 0, flop, flopDone: 0 },
    ]);
  });

  it("the plan of a convolutional network counts all products, and no input gradient for the first layer", async () => {
    const set = { network: "vgg11", dataset: "colour-glyphs", widths: null, values: [0], precisions: ["mixed"] };
    const { runs } = await plan(set);
    // [image's width, channels in, channels out] of eight convolutions 3 × 3, and one linear layer
    const convolutions = [
      ...[
        [32, 3, 64],
        [16, 64, 128],
        [8, 128, 256],
        [8, 256, 256],
      ],
      ...[
        [4, 256, 512],
        [4, 512, 512],
        [2, 512, 512],
        [2, 512, 512],
      ],
    ] as [number, number, number][];
    const products = convolutions.map(([n, inputs, outputs]) => n * n * 9 * inputs * outputs);
    const forward = products.reduce((sum, n) => sum + n, 512 * 10);
    const flop = 2 * (120 * (3 * forward - products[0]!) + 50 * forward) * SMALL.epochs;
    expect(runs).toMatchObject([{ name: "vgg11, sgd, mixed precision, ReLU'(0) = 0", format: "f16", flop }]);
  });

  it("the plan of bifurcation-frequency has an entry for each cell", async () => {
    const set = { dataset: "glyphs", widths: [16, 32], depths: [2], precisions: [64], sampleSizes: [1000], runs: 3 };
    const { runs, threads } = await planExperiment(bifurcationFrequency, { runs: temporaryFolder(), set, workers: 2 });
    expect(threads).toBe(2);
    const flop = (width: number) => 3 * 2 * 1000 * (784 * width + width * width + 10 * width);
    expect(runs).toMatchObject([
      { name: "64 bits, 2 × 16, batch 256", format: "f64", runs: 3, done: 0, flop: flop(16) },
      { name: "64 bits, 2 × 32, batch 256", flop: flop(32) },
    ]);
  });
});
