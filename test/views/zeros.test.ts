/** Tables of exact zeros: the rows of notebook 03. */
import { describe, expect, it } from "vitest";
import { zeros } from "../../src/experiments";
import { rows as schema } from "../../src/experiments/zeros/rows";
import { published } from "../../src/figures";
import { zerosByEpochTable, zerosByPrecisionTable, zerosRatiosTable } from "../../src/views";
import { answered, committedRun } from "../helpers/rows";
import { rounded, shown } from "./shown";

const run = committedRun(zeros);

it("the trainings of a precision are added up", () => {
  expect(shown(zerosByPrecisionTable(run))).toEqual([
    [16, 12, 0, 0, 1526400000, 387, 0, 2.535e-7, 2.295e-7, 2.801e-7],
    [32, 12, 0, 0, 1526400000, 13, 0, 8.517e-9, 4.977e-9, 1.457e-8],
    [64, 12, 0, 0, 1526400000, 0, 0, 0, 0, 2.517e-9],
  ]);
  // units, images and epochs of all architectures
  let calls = 0;
  for (const depth of [1, 3, 6]) for (const width of [16, 64, 256, 512]) calls += depth * width * 60_000 * 3;
  expect(calls).toBe(1526400000);
});

describe("epoch by epoch", () => {
  it("each epoch has its zeros and its mean accuracy", () => {
    const rows = zerosByEpochTable(run.rows, published("zeros-by-epoch"));
    expect(Object.keys(rows[0]!).join()).toBe(
      "precision,epoch,calls,zeros,published zeros,structural,share,test accuracy",
    );
    expect(shown(rows.slice(2, 4))).toEqual([
      [16, 3, 508800000, 127, 133, 0, 2.496e-7, 0.6457],
      [32, 1, 508800000, 2, 5, 0, 3.931e-9, 0.5899],
    ]);
    const pairs = rows.map((row) => [row.zeros, row["published zeros"]]);
    expect(pairs.slice(0, 3)).toEqual([156, 104, 127].map((ours, i) => [ours, [156, 121, 133][i]]));
    expect(pairs.slice(6)).toEqual([0, 0, 0].map((ours) => [ours, null]));
    for (const row of rows) {
      let found = 0;
      const accuracies = new Map<string, number>();
      for (const one of answered(run.rows)) {
        if (one.precision !== row.precision || one.epoch !== row.epoch) continue;
        found += one.zeros;
        accuracies.set(`${one.width}/${one.depth}`, one.testAccuracy);
      }
      expect(row.zeros).toBe(found);
      expect(accuracies.size).toBe(12);
      let sum = 0;
      for (const accuracy of accuracies.values()) sum += accuracy;
      expect(row["test accuracy"]).toBeCloseTo(sum / 12, 12);
    }
  });

  it("zeros of a diverged training count without an accuracy, and a failed training adds none", () => {
    const given = { dataset: "glyphs", precision: 16, width: 16, depth: 1, trial: 0 } as const;
    const seen = { epoch: 1, layer: 1, samples: 10, calls: 100, zeros: 3, structural: 1 };
    const rows = zerosByEpochTable([
      { ...given, ...seen, trainLoss: Number.NaN, testAccuracy: Number.NaN, outcome: "diverged", reason: null },
      schema.failed({ ...given, trial: 1 }, "no memory"),
    ]);
    expect(rows).toEqual([
      {
        precision: 16,
        epoch: 1,
        calls: 100,
        zeros: 3,
        "published zeros": null,
        structural: 1,
        share: 0.03,
        "test accuracy": null,
      },
    ]);
  });
});

describe("ratios", () => {
  const theirs = published("zeros");

  it("our ratios stand beside the published ones", () => {
    const rows = zerosRatiosTable(run, theirs);
    expect(rows).toHaveLength(36);
    expect(shown(rows.slice(0, 2))).toEqual([
      [16, "1 × 16", 0, 0, 48, 0, 2880000, 0, 1.334e-6, 0.909, 0],
      // published: 21 zeros of 60,000 images × 64 units × 100 epochs
      [16, "1 × 64", 1, 0, 192, 1 / 192, 11520000, 8.681e-8, 4.917e-7, 0.913, 5.469e-8].map((cell) => rounded(cell)),
    ]);
    expect(rows[1]!["published share"]).toBe(21 / (60_000 * 64 * 100));
    for (const row of rows) {
      expect(row["published share"] === null).toBe(row.bits === 64);
      expect(row["ratio as published"]).toBeCloseTo(60_000 * row["share of calls"]!, 10);
    }
  });

  it("ratios of other data have no published values beside them", () => {
    const rows = zerosRatiosTable({ ...run, config: { ...run.config, dataset: "glyphs" } }, theirs);
    expect(new Set(rows.map((row) => row["published share"]))).toEqual(new Set([null]));
  });
});
