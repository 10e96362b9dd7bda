import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createEngine } from "../../src/engines";
import { makeConfig, type RunOptions, runExperiment, type ZerosRow, zeros } from "../../src/experiments";
import { readZeros, zeroCounts } from "../../src/experiments/zeros/observe";
import { summarize } from "../../src/experiments/zeros/summary";
import { formatNames } from "../../src/formats";
import { graph, input, tensor } from "../../src/ir";
import { applyNetwork, crossEntropy, mlp } from "../../src/nn";
import { answered, temporaryFolder } from "./support";

const engine = createEngine("onnx-cpu");
afterAll(() => engine.dispose());

const SMALL = { dataset: "glyphs", images: 96, testImages: 20, widths: [8], depths: [1, 2], batchSize: 32, epochs: 2 };
const run = (set: Record<string, unknown> = {}, options: RunOptions = {}) =>
  runExperiment(zeros, { runs: temporaryFolder(), workers: 0, ...options, set: { ...SMALL, ...set } });
const rowsFile = (folder: string) => {
  const [hash] = readdirSync(join(folder, "zeros"));
  return join(folder, "zeros", hash!, "rows.jsonl");
};

/**
 * Two inputs, 3 and 2 units. Layer 1: x0 − x1 (0 where they are equal), a unit without weights and bias (always 0), x0 − 5.
 * Layer 2: the difference's relu minus 1 (0 where that is 1), and the relu of x0 − 5, without bias.
 */
const PARAMETERS = {
  "fc1.weight": [[1, -1], [0, 0], [1, 0]].flat(), // biome-ignore format: a matrix
  "fc1.bias": [0, 0, -5],
  "fc2.weight": [[1, 0, 0], [0, 0, 1]].flat(), // biome-ignore format: a matrix
  "fc2.bias": [-1, 0],
  "fc3.weight": [1, 0, 0, 1],
  "fc3.bias": [0, 0],
};
const IMAGES = [
  [1, 1], // layer 1: an accident; its relu is off everywhere, so the second unit of layer 2 is 0 by structure
  [2, 1], // layer 2: 1 − 1, and 0 · 1: both are zeros with an input that is not off
  [3, 1],
  [7, 1],
  [5, 9], // layer 1: −4, and 5 − 5; off
  [-0, 0], // −0 − 0: a zero, too; off
];

it.each(formatNames)("structural zeros are told from accidental ones in %s", async (format) => {
  const network = mlp({ inputs: 2, hidden: [3, 2], classes: 2 });
  const images = IMAGES.length;
  const { output } = applyNetwork(network, input("x", format, [images, 2]));
  const loss = crossEntropy(output, input("labels", "i32", [images]));
  const program = await engine.compile(graph(zeroCounts(loss)));
  const feeds = Object.fromEntries(
    network.parameters
      .filter(({ name }) => program.graph.inputs.has(name))
      .map(({ name, shape }) => [name, tensor(format, PARAMETERS[name as keyof typeof PARAMETERS], shape)]),
  );
  const results = await program.run({ ...feeds, x: tensor(format, IMAGES.flat(), [images, 2]) });
  // layer 1: the empty unit on 6 images, x0 = x1 on two, x0 = 5 on one; layer 2: 1 − 1 once, the unit of x0 − 5 on all but [7, 1]
  expect(readZeros(results)).toEqual({ all: [6 + 2 + 1, 1 + 5], structural: [6, 3] });
  await program.dispose();
});

it("a NaN does not count as a zero", async () => {
  const network = mlp({ inputs: 2, hidden: [2], classes: 2 });
  const { output } = applyNetwork(network, input("x", "f32", [8, 2]));
  const program = await engine.compile(graph(zeroCounts(crossEntropy(output, input("labels", "i32", [8])))));
  const x = tensor("f32", new Array(16).fill(Number.NaN), [8, 2]);
  const feeds = { "fc1.weight": tensor("f32", [0, 0, 1, 1], [2, 2]), "fc1.bias": tensor("f32", [0, 0], [2]) };
  expect(readZeros(await program.run({ ...feeds, x }))).toEqual({ all: [0], structural: [0] });
  await program.dispose();
});

describe("a run", () => {
  it("a run has a row for each epoch and layer, and counts every unit on every image", async () => {
    const { rows, summary } = await run({ precisions: [16, 64], images: 104 });
    expect(rows).toHaveLength(2 * (1 + 2) * 2);
    for (const row of rows) expect(row).toMatchObject({ samples: 104, calls: 832 });
    expect(rows.map(({ outcome }) => outcome)).toEqual(rows.map(({ epoch }) => (epoch === 2 ? "finished" : "running")));
    expect(summary.map(({ calls, publishedCalls }) => [calls, publishedCalls])).toEqual([
      [1664, 16],
      [3328, 32],
      [1664, 16],
      [3328, 32],
    ]);
  });

  it("a training that diverges keeps its rows and is counted", async () => {
    const { rows: all, summary } = await run({ learningRate: 1e6, precisions: [16], depths: [2] });
    const rows = answered(all);
    const last = rows.at(-1)!;
    expect(last).toMatchObject({ outcome: "diverged", testAccuracy: Number.NaN });
    expect(last.reason).toMatch(/^the loss of batch \d is (NaN|Infinity)$/);
    expect(last.samples).toBeLessThan(96 + 1);
    expect(summary).toMatchObject([{ finished: 0, diverged: 1, failed: 0, testAccuracy: null }]);
    expect(summary[0]!.calls).toBe(rows.reduce((sum, row) => sum + row.calls, 0));
  });

  it("a run that stopped goes on and ends with the same bytes", async () => {
    const whole = temporaryFolder();
    await run({}, { runs: whole });
    const bytes = readFileSync(rowsFile(whole), "utf8");
    const lines = bytes.trimEnd().split("\n");
    // three runs are over, of a fourth an epoch is missing
    for (const kept of [0, 7, lines.length - 1]) {
      writeFileSync(rowsFile(whole), lines.slice(0, kept).map((line) => `${line}\n`).join("")); // biome-ignore format: short
      await run({}, { runs: whole });
      expect(readFileSync(rowsFile(whole), "utf8")).toBe(bytes);
    }
  });
});

it("zeros are counted by epoch and layer, and the published ratio is their share times the images", () => {
  const config = makeConfig(zeros, { set: { ...SMALL, precisions: [16], depths: [2] } });
  const rows = [1, 2].flatMap((epoch) =>
    [1, 2].map((layer): ZerosRow => {
      const place = { dataset: "glyphs", precision: 16, width: 8, depth: 2, trial: 0, epoch, layer } as const;
      const counts = { samples: 96, calls: 768, zeros: epoch * layer, structural: 1 };
      const outcome = epoch === 2 ? "finished" : "running";
      return { ...place, ...counts, trainLoss: 1, testAccuracy: 0.5, outcome, reason: null };
    }),
  );
  const [cell] = summarize(rows, config);
  expect(cell).toMatchObject({ calls: 3072, zeros: 9, structural: 4, share: 9 / 3072, finished: 1, epochs: 2 });
  expect(cell!.publishedRatio).toBeCloseTo(96 * cell!.share!, 12);
  expect(cell!.byEpoch.map(({ zeros: n }) => n)).toEqual([3, 6]);
  expect(cell!.byLayer.map(({ zeros: n }) => n)).toEqual([3, 6]);
});

it.each([
  [{ images: 60_001 }, /^images: must be at most the \d+ images of glyphs, got 60001/],
  [{ testImages: 1e6 }, /^testImages: must be at most the \d+ images of glyphs, got 1000000/],
  [{ batchSize: 31 }, /^batchSize: must give each mini-batch of the 96 images at least 8 images, got 31/],
  [{ momentum: 1 }, /^momentum: must be in \[0, 1\), got 1/],
])("a run with %o is refused", async (set, message) => {
  await expect(run(set)).rejects.toThrow(message);
});
