import { afterAll, describe, expect, it } from "vitest";
import { glyphs } from "../../src/data";
import { createEngine } from "../../src/engines";
import {
  bifurcationFrequency,
  type GradientDifferenceRow,
  gradientDifference,
  makeConfig,
  runExperiment,
} from "../../src/experiments";
import { rows as schema } from "../../src/experiments/gradient-difference/rows";
import { simulate } from "../../src/experiments/gradient-difference/simulate";
import { summarize } from "../../src/experiments/gradient-difference/summary";
import { currentPass } from "../../src/experiments/gradient-pairs/pass";
import { compileCell } from "../../src/experiments/gradient-pairs/programs";
import type { Answered } from "../../src/runs";
import { wilson } from "../../src/util";
import { answered, temporaryFolder } from "./support";

const engine = createEngine("onnx-cpu");
afterAll(() => engine.dispose());
const IMAGES = 5120;
const dataset = glyphs({ split: "train", count: IMAGES });
const pass = currentPass(engine, dataset, IMAGES);
const config = makeConfig(gradientDifference, { set: { dataset: "glyphs", images: IMAGES } });

async function rowsOf(precision: 16 | 32 | 64, trial: number, set = {}, how = {}, seen = pass) {
  const all = { ...config, ...set };
  const cell = { ...all, precision };
  const programs = compileCell(engine, cell, 784, 10, all);
  const rows = await simulate([{ precision, trial }], all, programs, seen(cell), how);
  await programs.dispose();
  return answered(rows);
}

describe("an initialisation", () => {
  it("screening gives the same rows as running the backward sweeps always", async () => {
    const screened = await rowsOf(16, 0);
    expect(screened.every((row) => row.different > 0)).toBe(true);
    expect(await rowsOf(16, 0, {}, { screening: false })).toEqual(screened);
  });

  it("the first difference is where bifurcation-frequency finds it, and of the same size", async () => {
    const same = { dataset: "glyphs", precisions: [16], sampleSizes: [IMAGES], widths: [256], depths: [3], runs: 1 };
    for (const chainRule of ["multiply", "overwrite"]) {
      const options = { runs: temporaryFolder(), workers: 0, set: { ...same, chainRule } };
      const { rows } = await runExperiment(bifurcationFrequency, options);
      for (const first of rows) {
        const row = (await rowsOf(16, first.trial)).find((one) => one.chainRule === chainRule)!;
        expect(row.where[0] ?? null).toBe(first.firstBifurcation);
        expect(row.relativeL2[0] ?? null).toBe(first.relativeL2);
        expect(row.relativeL1FirstLayer[0] ?? null).toBe(first.relativeL1FirstLayer);
      }
    }
  });

  it("the same mini-batches differ under both chain rules, and by more under overwrite", async () => {
    const [multiply, overwrite] = await rowsOf(16, 0);
    expect(overwrite!.where).toEqual(multiply!.where);
    for (const [i, size] of multiply!.relativeL2.entries()) {
      expect(overwrite!.relativeL2[i]!).toBeGreaterThan(10 * size);
    }
  });

  it.each([16, 32, 64] as const)("the control, 0 against 0, never differs at %s bits", async (precision) => {
    const few = currentPass(engine, dataset, 1280);
    const rows = await rowsOf(precision, 0, { pair: [0, 0] }, { screening: false }, few);
    for (const row of rows) expect(row).toMatchObject({ batches: 5, different: 0, where: [], notANumber: 0 });
  });
});

it("a run of all precisions has a row for each initialisation and chain rule, in order", async () => {
  const set = { dataset: "glyphs", images: 512, width: 8, depth: 1, runs: { 16: 2, 32: 1, 64: 1 } };
  const options = { runs: temporaryFolder(), workers: 0, set };
  const { rows } = await runExperiment(gradientDifference, options);
  const names = rows.map(({ precision, chainRule, trial }) => `${precision} ${chainRule} ${trial}`);
  expect(names).toEqual([
    ...["16 multiply 0", "16 multiply 1", "16 overwrite 0", "16 overwrite 1"],
    ...["32 multiply 0", "32 overwrite 0", "64 multiply 0", "64 overwrite 0"],
  ]);
  expect((await runExperiment(gradientDifference, options)).rows).toEqual(rows);
});

it("the summary adds up the mini-batches of all runs, and counts failed runs and NaNs apart", () => {
  const cell = { dataset: "glyphs", width: 8, depth: 1, precision: 16, chainRule: "multiply" } as const;
  const sizes = (all: number[], firstLayer: (number | null)[]) => ({
    ...{ relativeL1: all, relativeL2: all },
    ...{ relativeL1FirstLayer: firstLayer, relativeL2FirstLayer: firstLayer },
  });
  const row = (trial: number, more: Partial<Answered<GradientDifferenceRow>>): GradientDifferenceRow => ({
    ...{ ...cell, trial, outcome: "finished", reason: null, batches: 20, hits: 3, withHit: 3, where: [2, 3, 5] },
    ...{ different: 3, differentFirstLayer: 2, notANumber: 1, ...sizes([1, 2, 4], [1, null, 4]) },
    ...more,
  });
  const nowhere = { hits: 0, withHit: 0, where: [], different: 0, differentFirstLayer: 0, notANumber: 0 };
  const rows = [
    row(0, {}),
    row(1, { ...nowhere, ...sizes([], []) }),
    schema.failed({ ...cell, trial: 2 }, "out of memory"),
  ];
  const made = makeConfig(gradientDifference, { set: { precisions: [16], chainRules: ["multiply"], runs: 3 } });
  const [summary] = summarize(rows, made);
  expect(summary).toMatchObject({ planned: 3, runs: 2, failed: 1, batches: 39, notANumber: 1, runsDifferent: 1 });
  expect(summary).toMatchObject({ withHit: 3, different: 3, differentFirstLayer: 2 });
  const { estimate: share, low, high } = wilson(2, 39);
  expect(summary!.firstLayer).toEqual({ share, low, high });
  expect(summary!.relativeL2FirstLayer).toEqual({ min: 1, q1: 1.75, median: 2.5, mean: 2.5, q3: 3.25, max: 4 });
  expect(summary!.relativeL2).toEqual({ min: 1, q1: 1.5, median: 2, mean: 7 / 3, q3: 3, max: 4 });
});

it.each([
  [{ images: 1e6 }, /^images: must be at most the \d+ images of glyphs, got 1000000/],
  [{ images: 100 }, /^batchSize: must be at most the 100 images of the pass, got 256/],
  [{ precisions: [16, 16] }, /^precisions: must not hold the same item twice/],
])("a run with %o is refused", async (set, message) => {
  const options = { runs: temporaryFolder(), workers: 0, set: { dataset: "glyphs", ...set } };
  await expect(runExperiment(gradientDifference, options)).rejects.toThrow(message);
});
