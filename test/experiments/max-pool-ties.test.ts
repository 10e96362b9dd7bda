import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createEngine } from "../../src/engines";
import { maxPoolTieCounts, maxPoolTies, maxPoolTiesArm, maxPoolTiesArms, runExperiment } from "../../src/experiments";
import { predictTies } from "../../src/experiments/max-pool-tie-counts/predict";
import { readTies, tieCounts } from "../../src/experiments/max-pool-ties/observe";
import { formats } from "../../src/formats";
import { graph, input, tensor } from "../../src/ir";
import { ops } from "../../src/ops";
import { stream } from "../../src/util";
import { answered, temporaryFolder } from "./support";

const engine = createEngine("onnx-cpu");
afterAll(() => engine.dispose());

const SMALL = {
  dataset: "glyphs",
  images: 40,
  testImages: 20,
  batchSize: 20,
  epochs: 2,
  runs: 1,
  widths: [2, 3, 8, 8],
};
const run = (set: Record<string, unknown> = {}, runs = temporaryFolder()) =>
  runExperiment(maxPoolTies, { runs, workers: 0, set: { ...SMALL, ...set } });

it.each(["f16", "f32"] as const)("ties are counted apart where the maximum is 0, in %s", async (format) => {
  const x = input("x", format, [1, 2, 8, 1]);
  // a mixture has two pools over one operand, which count once
  const y = ops.add(ops.maxPool(x, { kernel: 2, tie: 1 }), ops.maxPool(x, { kernel: 2, tie: 0 }));
  const program = await engine.compile(graph(tieCounts(ops.reduceSum(y))));
  // windows: all off; two maxima; one maximum; off with both zeros
  const rows = [
    [0, 0, 2, 1, 3, 2, -0, 0],
    [0, 0, 0, 2, 0, 0, 0, 0],
  ];
  expect(readTies(await program.run({ x: tensor(format, rows.flat(), [1, 2, 8, 1]) }))).toEqual({
    windows: 4,
    tied: 3,
    tiedAtZero: 2,
  });
  await program.dispose();
});

describe("a run", () => {
  it("a run has a row for each epoch, and at β = 0 the three ways of pooling give the same numbers", async () => {
    const { rows, summary } = await run({ ties: [0], precisions: [16] });
    expect(rows).toHaveLength(3 * 2);
    const [exact, value, mixed] = ["exact", "mixed-value", "mixed"].map((pooling) =>
      rows.filter((row) => row.pooling === pooling).map(({ pooling: _, ...row }) => row),
    );
    expect(value).toEqual(exact);
    expect(mixed).toEqual(exact);
    for (const row of answered(rows)) {
      // 12 × 12 windows of 2 channels and 4 × 4 of 3
      expect(row).toMatchObject({ samples: 40, windows: 40 * (144 * 2 + 16 * 3) });
      expect(row.tied).toBeGreaterThanOrEqual(row.tiedAtZero);
    }
    expect(summary.cells.map(({ finished }) => finished)).toEqual([1, 1, 1]);
  });

  it("β·m beyond 65504 makes the released mixture diverge at 16 bits", async () => {
    const set = { ties: [1e8], precisions: [16], poolings: ["mixed"], epochs: 1, learningRate: 1e-9 };
    const { summary } = await run(set);
    expect(summary.cells).toMatchObject([{ diverged: 1, finished: 0, testAccuracy: null, accuracies: [null] }]);
  });

  it("a run that stopped goes on and ends with the same bytes", async () => {
    const folder = temporaryFolder();
    const set = { ties: [0, 10], precisions: [32], poolings: ["mixed"] };
    await run(set, folder);
    const [hash] = readdirSync(join(folder, "max-pool-ties"));
    const file = join(folder, "max-pool-ties", hash!, "rows.jsonl");
    const bytes = readFileSync(file, "utf8");
    writeFileSync(file, bytes.split("\n").slice(0, 3).map((line) => `${line}\n`).join("")); // biome-ignore format: short
    await run(set, folder);
    expect(readFileSync(file, "utf8")).toBe(bytes);
  });

  it.each([
    [{ ties: [] }, "ties: must not be empty, got []"],
    [{ poolings: ["rounded"] }, 'poolings.0: must be one of exact, mixed-value, mixed, got "rounded"'],
    [{ network: "mlp" }, /^network: must be one of lenet5, .*, got "mlp"/],
    [{ images: 60_001 }, /^images: must be at most the \d+ images of glyphs, got 60001/],
    [{ batchNorm: true, images: 21 }, /^classifier.2: must have more than one number in each channel in training/],
  ])("a run with %o is refused", async (set, message) => {
    await expect(run(set)).rejects.toThrow(message);
  });

  it("every preset of the notebook's networks is a configuration", () => {
    for (const name of maxPoolTiesArms)
      for (const preset of ["smoke", "laptop", "paper"] as const)
        expect(
          maxPoolTies.schema.parse({ ...maxPoolTies.presets[preset], ...maxPoolTiesArm(name, preset) }).network,
        ).toBe(name);
  });
});

describe("the prediction", () => {
  it("windows that are off, that are the same sum, and that are near each other are told apart", () => {
    const x = [0, 0, 1, 1 + 2 ** -50, 1, 1 + 2 ** -12, 1, 1.5, 2];
    const windows = [[0, 1], [2, 3], [4, 5], [6, 7], [8, -1]]; // biome-ignore format: pairs
    const found = predictTies(x, windows, formats.f16);
    // the third: a spacing of 2^-10, a band of (1 + 2^-12) / 64
    expect(found).toMatchObject({ windows: 5, off: 1, same: 1 });
    expect(found.byRounding).toBeCloseTo(2 ** -10 / (2 / 64), 4);
  });

  it("of random numbers as many are equal after rounding as are expected", () => {
    const random = stream(1, "ties");
    const n = 40_000;
    const x = Float64Array.from({ length: 4 * n }, () => Math.abs(random.normal()));
    const windows = Array.from({ length: n }, (_, i) => [4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3]);
    const { byRounding } = predictTies(x, windows, formats.f16);
    const tied = windows.filter((own) => {
      const [first, second] = own.map((k) => formats.f16.round(x[k]!)).sort((a, b) => b - a);
      return first === second;
    }).length;
    expect(byRounding).toBeGreaterThan(20);
    expect(Math.abs(tied - byRounding)).toBeLessThan(4 * Math.sqrt(byRounding));
  });

  it("a run counts every window of every layer, and 64 bits has the ties that it predicts", async () => {
    const set = { dataset: "glyphs", images: 30, batchSize: 20, runs: 1, widths: [2, 3, 8, 8], precisions: [16, 64] };
    const { rows, summary } = await runExperiment(maxPoolTieCounts, { runs: temporaryFolder(), workers: 0, set });
    expect(rows.map(({ precision, layer, windows }) => [precision, layer, windows])).toEqual([
      [16, 1, 30 * 288],
      [16, 2, 30 * 48],
      [64, 1, 30 * 288],
      [64, 2, 30 * 48],
    ]);
    for (const row of answered(rows).filter(({ precision }) => precision === 64)) {
      expect(row.tiedAtZero).toBe(row.off);
      expect(row.tiedElsewhere).toBe(row.same);
    }
    expect(summary).toHaveLength(4);
  });
});
