/** The key `kinks`: kinks that are not varied take the values of a convention by its name. */
import { describe, expect, it } from "vitest";
import type { ConventionName } from "../../src/autodiff";
import { loadDataset } from "../../src/data";
import { createEngine, referenceEngine } from "../../src/engines";
import {
  bifurcationFrequencyNetworks,
  experiment,
  harm,
  makeConfig,
  type NetworksConfig,
  runExperiment,
} from "../../src/experiments";
import { cellGraph } from "../../src/experiments/bifurcation-frequency-networks/programs";
import { loadersOf } from "../../src/experiments/common/loaders";
import { networkOf, optimizerOf } from "../../src/experiments/training/build";
import { tensor } from "../../src/ir";
import { type EpochEvent, runTraining, type Training } from "../../src/train";
import { temporaryFolder, train } from "./support";

/** A few steps of a narrow LeNet-5 in bfloat16, whose max-pools meet ties, and its ReLUs zeros. */
const STEPS = {
  dataset: "glyphs",
  network: "lenet5",
  widths: [6, 16, 32, 16],
  batchNorm: [true],
  images: 80,
  testImages: 20,
  batchSize: 20,
  epochs: 1,
  precisions: ["bf16"],
  runs: 1,
};
const SWEEP = { ...STEPS, learningRates: 0.05, values: [0] };
const lossesOf = async (set: Readonly<Record<string, unknown>>) =>
  (await train({ ...SWEEP, ...set })).rows.map(({ trainLoss }) => trainLoss);

describe("training", () => {
  it("torch and tinygrad, which share out the gradient at ties in another way, end in other networks", async () => {
    const [torch, tinygrad, own] = [
      await lossesOf({ kinks: "torch" }),
      await lossesOf({ kinks: "tinygrad" }),
      await lossesOf({}),
    ];
    expect(torch).toEqual(own);
    expect(tinygrad).not.toEqual(torch);
    expect(tinygrad).toEqual(await lossesOf({ tie: 1 }));
  });

  it.each(["jax", "tinygrad"] as const)("%s is what train() makes of it", async (kinks) => {
    const { config, rows } = await train({ ...SWEEP, schedule: { kind: "constant" }, kinks });
    const dataset = (split: "train" | "test", count: number) => loadDataset(config.dataset, { split, count });
    const problem = { training: await dataset("train", 80), evaluation: await dataset("test", 20) };
    const cell = { batchNorm: true, dropout: 0, optimizer: "sgd", learningRate: 0.05 } as const;
    const engine = createEngine(config.engine, { threads: 1 });
    const training: Training = {
      ...loadersOf(problem, config, config.seed, { worker: false }),
      network: networkOf(config, cell, { inputShape: [28, 28, 1], classes: 10 }),
      optimizer: optimizerOf(config, cell),
      precision: "bf16",
      epochs: 1,
      seed: config.seed,
      engine,
      kinks,
    };
    const ends: EpochEvent[] = [];
    await runTraining(training, (event) => event.kind === "epoch" && ends.push(event));
    await engine.dispose();
    expect(ends.map(({ trainLoss, test }) => [trainLoss, test!.loss])).toEqual(
      rows.map(({ trainLoss, testLoss }) => [trainLoss, testLoss]),
    );
  });

  it("the values of ReLU'(0) that are swept stay those of the sweep", async () => {
    const set = { values: [0, 10], chainRules: ["overwrite"] };
    const [jax, own] = [await lossesOf({ ...set, kinks: "jax" }), await lossesOf(set)];
    expect(jax).toEqual(own);
    expect(jax[1]).not.toBe(jax[0]);
  });
});

it("in harm the arms differ at ReLU'(0) only, at ties all are those of the convention", async () => {
  const run = async (more: object) =>
    (await runExperiment(harm, { set: { ...STEPS, learningRate: 0.05, ...more }, runs: temporaryFolder(), workers: 0 }))
      .rows;
  const tinygrad = await run({ kinks: "tinygrad" });
  expect(tinygrad).toEqual(await run({ tie: 1 }));
  expect(tinygrad).not.toEqual(await run({}));
});

describe("bifurcation-frequency-networks", () => {
  const shape = { inputShape: [2, 2, 1] as const, classes: 2 };
  const pairs = { "relu6.zero": [0, 1] as [number, number] };
  const cell = { network: "mlp", batchNorm: false, activation: "relu6", precision: 32, pairs } as const;

  /** The first layer's gradient where its unit is at 6, a kink that is not compared. */
  async function gradientAtSix(kinks?: ConventionName) {
    const config = makeConfig(bifurcationFrequencyNetworks, {
      set: { widths: { mlp: [1] }, batchSize: 1, kinks },
    }) as NetworksConfig;
    const { sweeps, network } = cellGraph(config, cell, shape);
    const program = await referenceEngine().compile(sweeps);
    const ends = network.parameters.map(({ name, shape: own }, i) => {
      const numbers = [new Array(4).fill(0), [6], [1, -1], [0, 0]][i]!;
      return [name, tensor("f32", numbers, own)] as const;
    });
    const results = await program.run({
      ...Object.fromEntries(ends),
      x: tensor("f32", [1, 1, 1, 1], [1, 2, 2, 1]),
      labels: tensor("i32", [1], [1]),
      "value relu6.zero a": tensor("f32", 0),
      "value relu6.zero b": tensor("f32", 1),
    });
    return [...results.a!.data];
  }

  it.each([
    [undefined, 0],
    ["jax", 0],
    ["tinygrad", 1],
  ] as const)("under %s the kink that is not compared has the slope %d", async (kinks, slope) => {
    const found = await gradientAtSix(kinks);
    expect(found.every((g) => g > 0)).toBe(slope === 1);
    expect(new Set(found).size).toBe(1);
  });

  it("a convention that says nothing about a kink of a network is refused", async () => {
    const comparisons = [{ activation: "hardSwish", kinks: { "hardSwish.low": [0, 1] } }];
    await expect(
      resolved("bifurcation-frequency-networks", { dataset: "colour-glyphs", comparisons, kinks: "cudnn" }),
    ).rejects.toThrow("kinks: must be a convention that says something about hardSwish.high: torch, jax, tensorflow");
  });
});

const resolved = async (name: string, set: Readonly<Record<string, unknown>>) => {
  const known = experiment(name);
  return known.resolve(makeConfig(known, { set }), { log: () => {} }) as Promise<Record<string, unknown>>;
};

describe.each(["training", "learning-rate-search", "harm", "bifurcation-frequency-networks"])("%s", (name) => {
  const dataset = name.endsWith("networks") ? "colour-glyphs" : "glyphs";

  it("without the key a configuration is what it was", async () => {
    expect(await resolved(name, { dataset })).not.toHaveProperty("kinks");
  });

  it("the configuration says the value at ties that follows, and a resolved one resolves to itself", async () => {
    const once = await resolved(name, { dataset, kinks: "tinygrad" });
    expect(once).toMatchObject({ kinks: "tinygrad", tie: 1 });
    expect(await resolved(name, once)).toEqual(once);
  });

  it("a tie of its own beside a convention is refused, and a name that is none", async () => {
    await expect(resolved(name, { dataset, kinks: "jax", tie: 0.5 })).rejects.toThrow(
      "tie: must be absent, or the 0 of kinks jax, got 0.5",
    );
    const made = { ...makeConfig(experiment(name), { set: { dataset, kinks: "jax" } }), tie: 0.5 };
    await expect(experiment(name).resolve(made, { log: () => {} })).rejects.toThrow("tie: must be absent, or the 0");
    expect(() => makeConfig(experiment(name), { set: { kinks: "tinygrad", tie: 0 } })).toThrow(
      "tie: must be absent, or the 1 of kinks tinygrad, got 0",
    );
    expect(makeConfig(experiment(name), { set: { kinks: "tinygrad", tie: 1 } })).toMatchObject({ tie: 1 });
    expect(() => makeConfig(experiment(name), { set: { kinks: "jaxx" } })).toThrow(
      'kinks: must be one of torch, jax, tensorflow, tinygrad, cudnn, minimal-norm, got "jaxx"\nHint: did you mean jax?',
    );
  });
});
