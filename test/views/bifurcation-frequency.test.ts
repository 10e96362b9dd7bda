/** Tables of initialisations: the rows of notebooks 00 and 02. */
import { describe, expect, it } from "vitest";
import { bifurcationFrequency } from "../../src/experiments";
import type { Row } from "../../src/runs";
import { bifurcationRunsTable, comparedRunsTable, firstDifferencesTable, seedsTable } from "../../src/views";
import { committedRun } from "../helpers/rows";
import { shown } from "./shown";

const run = committedRun(bifurcationFrequency);

it("each run has a row, with the images that were seen up to its first difference", () => {
  const rows = bifurcationRunsTable(run.rows);
  expect(rows).toHaveLength(1664);
  expect(Object.keys(rows[0]!).join()).toBe(
    "precision,width,depth,batchSize,trial,outcome,firstHit,images,hits,relativeL2",
  );
  expect(shown(rows.slice(2, 6))).toEqual([
    [16, 16, 3, 256, 2, "same", null, null, 0, null],
    // mini-batch 168, counted from 0, of 256 images
    [16, 16, 3, 256, 3, "different", 168, 169 * 256, 1, 0.005802],
    [16, 16, 3, 256, 4, "same", null, null, 0, null],
    [16, 16, 3, 256, 5, "different", 26, 27 * 256, 1, 0.001734],
  ]);
  for (const { images, outcome } of rows) expect(images === null).toBe(outcome === "same");
});

it("medians are over the runs with a difference", () => {
  const rows = firstDifferencesTable(run.rows.filter(({ batchSize }) => batchSize === 256));
  expect(rows).toHaveLength(18);
  expect(shown(rows.slice(0, 5))).toEqual([
    [16, 16, 3, 14, 25344, 0.004896],
    [16, 64, 3, 56, 21504, 0.002804],
    [16, 256, 1, 49, 14080, 0.001593],
    [16, 256, 2, 59, 7936, 0.001533],
    [16, 256, 3, 60, 2944, 0.001671],
  ]);
  for (const row of rows) {
    const seen: number[] = [];
    for (const one of run.rows) {
      if (one.outcome !== "different" || one.batchSize !== 256) continue;
      if (one.precision !== row.precision || one.width !== row.width || one.depth !== row.depth) continue;
      if (one.firstBifurcationFirstLayer === null) continue;
      seen.push((one.firstBifurcationFirstLayer + 1) * 256);
    }
    seen.sort((a, b) => a - b);
    const [below, above] = [seen[Math.floor((seen.length - 1) / 2)]!, seen[Math.ceil((seen.length - 1) / 2)]!];
    expect(row["median images to the first difference"]).toBe((below + above) / 2);
  }
});

it("runs that are compared stand one below the other", () => {
  const cells = run.summary.filter((cell) => cell.width === 256 && cell.depth === 3 && cell.sampleSize === 60_000);
  const rows = comparedRunsTable({ first: cells, second: cells });
  expect(rows.map(({ arm }) => arm)).toEqual([...cells.map(() => "first"), ...cells.map(() => "second")]);
  const own = rows.find(({ arm, bits }) => arm === "second" && bits === 32)!;
  // the frequency figure says 31.7 % of 60 runs
  expect(shown([own])).toEqual([["second", 32, 60, 19, 19, 19, 0.001248]]);
});

describe("seeds", () => {
  const trial = (rule: string, outcome: string, size: number | null): Row => ({ rule, outcome, size });

  it("seeds are counted, and the sizes of their differences are averaged", () => {
    const trials = [
      trial("b", "different", 2),
      trial("a", "same", null),
      trial("b", "different", 4),
      trial("b", "failed", null),
      trial("b", "not a number", null),
      trial("b", "same", null),
      trial("c", "failed", null),
    ];
    const [b, a, c] = seedsTable(trials, ["rule"], "size");
    expect(b).toMatchObject({ rule: "b", trials: 5, "failed or NaN": 2, share: 2 / 3, n: 2, size: 3, low: 2, high: 4 });
    // Wilson's interval of 2 of 3
    expect([b!.shareLow, b!.shareHigh].map((bound) => bound!.toFixed(4))).toEqual(["0.2077", "0.9385"]);
    expect(a).toMatchObject({ rule: "a", trials: 1, share: 0, n: 0, size: null, low: null, high: null });
    expect(c).toMatchObject({ trials: 1, "failed or NaN": 1, share: null, shareLow: null, n: 0 });
  });

  it("an average of one size has no interval", () => {
    const [row] = seedsTable([trial("a", "different", 7)], ["rule"], "size");
    expect(row).toMatchObject({ n: 1, size: 7, low: null, high: null });
  });

  it("shares of seeds and their intervals are those of the summary", () => {
    const rows = seedsTable(
      run.rows.filter(({ batchSize, depth }) => batchSize === 256 && depth === 3),
      ["precision", "width"],
    );
    expect(rows).toHaveLength(15);
    for (const row of rows) {
      const cell = run.summary.find(
        (one) =>
          one.precision === row.precision &&
          one.width === row.width &&
          one.depth === 3 &&
          one.batchSize === 256 &&
          one.sampleSize === 60_000,
      )!;
      expect([row.share, row.shareLow, row.shareHigh]).toEqual([cell.frequency, cell.low, cell.high]);
    }
  });
});
