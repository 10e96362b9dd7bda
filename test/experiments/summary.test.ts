import { describe, expect, it } from "vitest";
import { type BifurcationRow, bifurcationFrequency, makeConfig } from "../../src/experiments";
import { rows as schema } from "../../src/experiments/bifurcation-frequency/rows";
import type { Answered } from "../../src/runs";

const cell = { precision: 32, width: 256, depth: 3, batchSize: 256 } as const;
const row = (trial: number, more: Partial<Answered<BifurcationRow>>): BifurcationRow => ({
  dataset: "glyphs",
  ...cell,
  trial,
  outcome: "same",
  batches: 234,
  firstHit: null,
  firstBifurcation: null,
  firstBifurcationFirstLayer: null,
  relativeL1: null,
  relativeL2: null,
  relativeL1FirstLayer: null,
  relativeL2FirstLayer: null,
  hits: 0,
  hitsByLayer: [0, 0, 0],
  reason: null,
  ...more,
});
const config = makeConfig(bifurcationFrequency, {
  set: { precisions: [32], runs: 7, sampleSizes: [60_000, 2560, 100] },
});
const rows = [
  row(0, {}),
  row(1, {
    outcome: "different",
    batches: 4,
    firstHit: 3,
    firstBifurcation: 3,
    firstBifurcationFirstLayer: 3,
    relativeL2: 0.5,
    relativeL1: 0.2,
  }),
  row(2, {
    outcome: "different",
    batches: 11,
    firstHit: 10,
    firstBifurcation: 10,
    firstBifurcationFirstLayer: 10,
    relativeL2: 0.1,
    relativeL1: 0.1,
  }),
  row(3, { outcome: "different", firstHit: 9, firstBifurcation: 9, relativeL2: 0.3, relativeL1: 0.3 }),
  row(4, { firstHit: 2 }),
  row(5, { outcome: "not-a-number", batches: 30 }),
  schema.failed({ dataset: "glyphs", ...cell, trial: 6 }, "out of memory"),
];

describe("summary", () => {
  const summary = bifurcationFrequency.summarize(rows, config);

  it("each sample size of at least one mini-batch has one entry for a cell", () => {
    expect(summary.map((entry) => entry.sampleSize)).toEqual([2560, 60_000]);
  });

  it("a sample of n images counts what happened in its first floor(n / batch) mini-batches", () => {
    expect(summary[0]).toMatchObject({
      ...cell,
      runs: 6,
      notANumber: 0,
      failed: 1,
      different: 2,
      differentFirstLayer: 1,
      withHit: 3,
    });
  });

  it("runs that failed or met a NaN are counted, but not in the frequency", () => {
    expect(summary[1]).toMatchObject({
      planned: 7,
      runs: 5,
      notANumber: 1,
      failed: 1,
      different: 3,
      differentFirstLayer: 2,
    });
    expect(summary[1]!.frequency).toBe(3 / 5);
    expect(summary[1]!.frequencyFirstLayer).toBe(2 / 5);
    expect(summary[1]!.medianRelativeL2).toBe(0.3);
  });

  it("the interval of a frequency is Wilson's", () => {
    // Wilson's interval of 3 in 5, from the formula by hand
    expect(summary[1]!.low).toBeCloseTo(0.2307, 4);
    expect(summary[1]!.high).toBeCloseTo(0.8824, 4);
  });

  it("a summary without runs has no frequency", () => {
    expect(bifurcationFrequency.summarize([], config)[0]).toMatchObject({ runs: 0, frequency: null, low: null });
  });
});
