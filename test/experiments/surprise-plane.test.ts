/** The experiment `zone-plane`: its plane on the reference engine, whose sums are plain loops, and whole runs (n = 1 bifurcation). */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createEngine } from "../../src/engines";
import { makeConfig, type PlaneRow, planExperiment, runExperiment, zonePlane } from "../../src/experiments";
import { coordinates, direction, pointsOfPlane } from "../../src/experiments/surprise/plane";
import { firstZero } from "../../src/experiments/surprise/zone-plane";
import { tensor } from "../../src/ir";
import { temporaryFolder } from "./support";

/** 0.5·0.25 − 0.25·0.5 + 0 is exactly 0 in every format. */
const place = { trial: 0, iteration: 3, sample: 1, layer: 1, neuron: 2 };
const found = {
  ...place,
  inputs: tensor("f32", [1, 1, 0.25, 0.5], [2, 2]),
  weights: tensor("f32", [9, 9, 9, 9, 0.5, -0.25], [3, 2]),
  bias: tensor("f32", [7, 7, 0]),
};
const config = makeConfig(zonePlane, { set: { seed: 1, points: 4, extent: 5e-6 } });

async function rowsOf(): Promise<Omit<PlaneRow, "dataset">[]> {
  const engine = createEngine("reference");
  const rows = [];
  for await (const row of pointsOfPlane(engine, found, config)) rows.push(row);
  return rows;
}

describe("the plane", () => {
  it("the bifurcation is one of the plane's points, and exactly 0 in both precisions", async () => {
    const rows = await rowsOf();
    expect(rows).toHaveLength(16);
    expect(rows.find(({ x, y }) => x === 0 && y === 0)).toEqual({ ...place, x: 0, y: 0, z64: 0, z32: 0 });
  });

  it("the plane is linear in 64 bits, and in 32 bits it is summed from rounded weights", async () => {
    const [p, q] = [1, 2].map((which) => direction(1, which as 1 | 2, [3, 2], 2)) as [Float64Array, Float64Array];
    for (const { x, y, z64, z32 } of await rowsOf()) {
      const w = [0.5, -0.25].map((w, i) => w + x * p[i]! + y * q[i]!);
      const exact = x * (0.25 * p[0]! + 0.5 * p[1]!) + y * (0.25 * q[0]! + 0.5 * q[1]!);
      expect(Math.abs(z64 - Math.abs(exact))).toBeLessThan(1e-16);
      const f = Math.fround;
      expect(z32).toBe(Math.abs(f(f(f(w[0]!) * 0.25) + f(f(w[1]!) * 0.5))));
    }
  });

  it("the coordinates of the plane run from −extent to below extent, with 0 among them", () => {
    expect(coordinates({ points: 200, extent: 5e-6 })).toHaveLength(200);
    expect(coordinates({ points: 4, extent: 2 })).toEqual([-2, -1, 0, 1]);
  });

  it("a direction has norm 1 over the layer and no negative entries, and the two directions differ", () => {
    const rows = [0, 1, 2].map((neuron) => direction(1, 1, [3, 5], neuron));
    const all = rows.flatMap((row) => [...row]);
    expect(all.reduce((sum, u) => sum + u * u, 0)).toBeCloseTo(1, 12);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(direction(1, 2, [3, 5], 0)).not.toEqual(rows[0]);
  });
});

it("the first zero is that of the first layer that has one, and −0 counts", () => {
  const z1 = tensor("f32", [1, 2, 3, 4], [2, 2]);
  const z2 = tensor("f32", [1, 2, 3, -0, 0, 5], [2, 3]);
  expect(firstZero({ preActivations: [z1, z2] })).toEqual({ layer: 2, sample: 1, neuron: 0 });
  expect(firstZero({ preActivations: [z1] })).toBeUndefined();
});

describe("a run", () => {
  const set = { dataset: "glyphs", images: 120, widths: [8], batchSize: 40, attempts: 1, points: 4 };

  it("the middle of the plane is the training's exact zero, and a resumed run gives the same bytes", async () => {
    const runs = temporaryFolder();
    const options = { runs, preset: "smoke", set: { points: 8 } };
    const { rows, summary, runDirectory } = await runExperiment(zonePlane, options);
    const middle = rows.find(({ x, y }) => x === 0 && y === 0)!;
    expect(middle.z32).toBe(0);
    expect(middle.z64).toBeLessThan(1e-6);
    expect(summary).toMatchObject({ points: 64, place: { trial: middle.trial, neuron: middle.neuron } });
    const path = join(runDirectory, "rows.jsonl");
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, whole.slice(0, whole.length / 2));
    await runExperiment(zonePlane, options);
    expect(readFileSync(path, "utf8")).toBe(whole);
  });

  it("the plan of a run counts the most attempts that it can make", async () => {
    const { runs } = await planExperiment(zonePlane, { runs: temporaryFolder(), set: { ...set, attempts: 5 } });
    // 784-8-10: three products of a layer, but the first has no gradient for its input
    const search = 5 * 2 * 120 * (3 * (784 * 8 + 8 * 10) - 784 * 8);
    expect(runs.map(({ runs, done, flop }) => [runs, done, flop])).toEqual([[5, 0, search]]);
  });

  it("a run that meets no exact zero fails with a hint", async () => {
    const run = runExperiment(zonePlane, { runs: temporaryFolder(), set });
    await expect(run).rejects.toThrow(
      'zone-plane: must meet a pre-activation that is exactly 0 within the pass, got "1 initialisations without one"\nHint: set attempts, images or widths higher',
    );
  });

  it("an odd number of points is refused", async () => {
    const run = runExperiment(zonePlane, { runs: temporaryFolder(), set: { ...set, points: 5 } });
    await expect(run).rejects.toThrow("points: must be an even number from 2 to 1000");
  });
});
