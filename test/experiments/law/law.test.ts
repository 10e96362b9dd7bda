/** The law on whole passes: what plain loops, the engine's orders and the prediction say about the same small networks. */
import { describe, expect, it } from "vitest";
import { createEngine } from "../../../src/engines";
import { law, lawArm, lawArms, makeConfig, runExperiment } from "../../../src/experiments";
import { countInTurn } from "../../../src/experiments/law/in-turn";
import { orderedSum, termsFeeds } from "../../../src/experiments/law/orders";
import { countProgram } from "../../../src/experiments/law/programs";
import { formatOf } from "../../../src/formats";
import { graph, input, tensor } from "../../../src/ir";
import { initialise } from "../../../src/nn";
import { ops } from "../../../src/ops";
import { stream, sumOf } from "../../../src/util";
import { answered, temporaryFolder } from "../support";

const SMALL = { dataset: "glyphs", images: 512, batchSize: 64, predictedImages: 512 };
const run = (set: Readonly<Record<string, unknown>>) =>
  runExperiment(law, { runs: temporaryFolder(), workers: 0, set: { ...SMALL, ...set } });

/** 1 becomes 57,344, which becomes infinite. */
const OVERFLOWING = [1, 2].map(() => ({ weight: tensor("e5m2", [57344], [1, 1]), bias: tensor("e5m2", [57344]) }));

describe("counting", () => {
  it("plain loops count what the definition counts, in formats with their own sums, in f16 and in f32", async () => {
    const cell = { network: "mlp", widths: "8-8", batchNorm: false, order: "engine" } as const;
    const images = Array.from({ length: 64 * 12 }, (_, i) => Math.max(0, stream(1, "pixel", i).uniform() - 0.4));
    for (const precision of ["e8p6-sums", "e5p5-sums", "e5m2", 16, 32] as const) {
      const program = countProgram({ ...cell, precision }, { inputShape: [3, 4, 1], classes: 3 }, 64);
      const format = typeof precision === "number" ? (`f${precision}` as "f16" | "f32") : precision;
      const drawn = initialise(program.network, format, stream(1, "network"));
      const x = tensor(format, images, [64, 3, 4, 1]);
      const compiled = await createEngine("reference").compile(program.graph);
      const { hits } = program.read(await compiled.run({ ...drawn, x }));
      const layers = [1, 2, 3].map((i) => ({ weight: drawn[`fc${i}.weight`]!, bias: drawn[`fc${i}.bias`]! }));
      expect(await countInTurn(layers, [x], formatOf(format)), String(precision)).toEqual(hits);
      if (String(precision).endsWith("-sums")) expect(hits[0]).toBeGreaterThan(0);
    }
  });

  it("one not finite logit breaks off a run in every order; a sum of logits beyond the largest number does not", async () => {
    const networks = [{ network: "mlp", widths: [64, 64], orders: ["engine", "in-turn"] }];
    const own = { networks, batchSize: 512, runs: 2, predictedRuns: 1, predictedImages: 512 };
    const { rows } = await run({ ...own, precisions: ["e3p5"] });
    expect(rows.map(({ outcome }) => outcome)).toEqual(["done", "done", "done", "done"]);
    const [one, two, ...inTurn] = answered(rows).map(({ hitsByLayer }) => hitsByLayer);
    expect(inTurn).toEqual([one, two]);
    for (const layers of [OVERFLOWING, OVERFLOWING.slice(1)])
      await expect(countInTurn(layers, [tensor("e5m2", [1], [1, 1])], formatOf("e5m2"))).rejects.toThrow(
        "the logits are not finite",
      );
  });

  it("parts of the engine's own length give the engine's bits", async () => {
    const [x, w, b] = [input("x", "f32", [32, 784]), input("w", "f32", [256, 784]), input("b", "f32", [256])];
    const ordered = graph(
      { engine: orderedSum(x, w, b, "engine"), parts: orderedSum(x, w, b, "bias-first") },
      "orders",
    );
    const numbers = (shape: number[], name: string) => {
      const random = stream(1, name);
      return tensor(
        "f32",
        Array.from({ length: shape[0]! * (shape[1] ?? 1) }, () => random.uniform() - 0.5),
        shape,
      );
    };
    const feeds = { x: numbers([32, 784], "x"), w: numbers([256, 784], "w"), ...termsFeeds(ordered) };
    const program = await createEngine("onnx-cpu").compile(ordered);
    // without a bias, the order of `bias-first` is that of the engine
    const { engine, parts } = await program.run({ ...feeds, b: tensor("f32", new Float32Array(256)) });
    expect(parts!.data).toEqual(engine!.data);
  });
});

describe("the prediction", () => {
  it("agrees with the count where every partial sum is rounded to a few bits", async () => {
    const { summary } = await run({
      networks: [{ network: "mlp", widths: [16, 16], precisions: ["e8p6-sums", "e8p7-sums"], orders: ["in-turn"] }],
      precisions: ["e8p6-sums", "e8p7-sums"],
      runs: 6,
      predictedRuns: 6,
    });
    for (const { counted, ratio, label } of summary.cells) {
      expect(counted, label).toBeGreaterThan(50);
      expect(Math.abs(Math.log2(ratio!)), label).toBeLessThan(0.5);
    }
  });

  it("is given for the first initialisations only, in proportion to the images of the pass", async () => {
    const of = async (images: number) =>
      answered(
        (
          await run({
            networks: [{ network: "mlp", widths: [16] }],
            precisions: [16],
            images,
            runs: 2,
            predictedRuns: 1,
            predictedImages: 256,
          })
        ).rows,
      );
    const [short, long] = [await of(256), await of(512)];
    expect(short.map(({ predictedByLayer }) => predictedByLayer.length)).toEqual([1, 0]);
    expect(long[0]!.predictedByLayer[0]! / short[0]!.predictedByLayer[0]!).toBeCloseTo(2, 10);
  });

  it("names the operation of each layer, with sums of residual branches", async () => {
    const { rows } = await run({
      dataset: "colour-glyphs",
      networks: [{ network: "resnet18", widths: [2, 2, 2, 2], batchNorm: true }],
      precisions: ["bf16"],
      images: 32,
      batchSize: 16,
      runs: 1,
      predictedRuns: 1,
      predictedImages: 16,
    });
    const [row] = answered(rows);
    expect(row!.madeBy.slice(0, 5)).toEqual(["batchNorm", "batchNorm", "add", "batchNorm", "add"]);
    expect(row!.madeBy).toHaveLength(17);
    const sums = row!.hitsByLayer.filter((_, i) => row!.madeBy[i] === "add");
    expect(sumOf(sums, (n) => n)).toBeGreaterThan(0);
  });
});

describe("behind batch-norm in bfloat16", () => {
  it("a channel's zeros come together: they are the numbers that equal its mean, if that is a number of 8 bits", async () => {
    // 100 times 1.5 among pairs around it; in the second channel one of them is moved by a step, in the third all numbers are
    const step = formatOf("bf16").ulp(1.5);
    const pairs = Array.from({ length: 14 }, (_, i) => [1.5 + (i + 1) * step, 1.5 - (i + 1) * step]).flat();
    const first = [...pairs, ...new Array<number>(100).fill(1.5)];
    const channels = [first, first.with(-1, 1.5 + step), first.map((v) => v + step)];
    const rows = first.flatMap((_, i) => channels.map((channel) => channel[i]!));
    const feeds = {
      x: tensor("bf16", rows, [first.length, 3]),
      scale: tensor("bf16", [1, 1, 1]),
      shift: tensor("bf16", [0, 0, 0]),
    };
    const [x, scale, shift] = Object.entries(feeds).map(([name, { shape }]) => input(name, "bf16", shape));
    const zeros = ops.count(ops.equal(ops.batchNorm(x!, scale!, shift!), ops.constant("bf16", 0)), [0]);
    const found = await (await createEngine("onnx-cpu").compile(graph({ zeros }))).run(feeds);
    expect([...found.zeros!.data]).toEqual([100, 0, 100]);
  });
});

describe("configuration", () => {
  it.each([
    [{ networks: [{ network: "lenet5" }], orders: ["in-turn"] }, 'orders: must be engine for lenet5, got "in-turn"'],
    [
      { precisions: [16], orders: ["parts-16"] },
      'orders: must be engine or in-turn, except at 32 bits, got "parts-16"',
    ],
    [
      { networks: [{ network: "mlp", widths: [4], precisions: [64] }], precisions: [32] },
      "networks, precisions: must be among the precisions beside `networks`, got 64",
    ],
    [
      {
        networks: [
          { network: "mlp", widths: [4] },
          { network: "mlp", widths: [4] },
        ],
        precisions: [32],
      },
      "networks: must not hold the same cell twice, got 2",
    ],
    [{ precisions: [32], images: 10 }, "batchSize: must be at most the 10 images of a pass, got 64"],
    [
      { precisions: ["e8p6-stochastic"], orders: ["in-turn"] },
      'precisions: must round to nearest, got "e8p6-stochastic"',
    ],
  ])("%j is refused", async (set, message) => {
    await expect(run(set)).rejects.toThrow(message);
  });

  it("every part of the notebook has a configuration in every preset", () => {
    for (const arm of lawArms)
      for (const preset of ["smoke", "laptop", "paper"])
        expect(makeConfig(law, { preset, set: lawArm(arm, preset) }).networks.length).toBeGreaterThan(0);
    expect(() => lawArm("perceptron" as "perceptrons", "smoke")).toThrow(
      "law arm: must be one of published, perceptrons",
    );
  });
});
