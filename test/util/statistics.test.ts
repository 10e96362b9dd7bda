import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bootstrapMean,
  holm,
  intervalWords,
  mean,
  meanOf,
  pairedMean,
  quantile,
  signTest,
  smallestSignTest,
  wilson,
} from "../../src/util";

describe("wilson", () => {
  // bounds computed with Python's statistics.NormalDist().inv_cdf and the formula
  it.each([
    [0, 10, 0.95, 0, 0.27753279986288915],
    [5, 10, 0.95, 0.23659309051256405, 0.763406909487436],
    [10, 10, 0.95, 0.7224672001371109, 1],
    [16, 40, 0.95, 0.26348325684291923, 0.554041063396538],
    [463, 1000, 0.95, 0.43229566915425255, 0.49398751097367855],
    [1, 3, 0.99, 0.040426629296084704, 0.855783984952333],
    [7, 9, 0.5, 0.672243627205012, 0.8565806584637746],
    [2, 7, 1 - 1e-12, 0.010536256950467837, 0.9376000680711685],
  ])("the Wilson interval of %i in %i at %d agrees with Python", (successes, n, confidence, low, high) => {
    const interval = wilson(successes, n, confidence);
    expect(interval.estimate).toBe(successes / n);
    expect(interval.n).toBe(n);
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  it("the Wilson interval of 81 in 263 is the published one (Newcombe 1998, table I, method 3)", () => {
    const { low, high } = wilson(81, 263);
    expect([low.toFixed(4), high.toFixed(4)]).toEqual(["0.2553", "0.3662"]);
  });

  it("a Wilson interval is exactly 0 or 1 at the ends, holds the estimate and is symmetric", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10000 }), fc.nat(10000), (n, k) => {
        const successes = Math.min(k, n);
        const { estimate, low, high } = wilson(successes, n);
        const mirrored = wilson(n - successes, n);
        expect(low).toBeLessThanOrEqual(estimate);
        expect(high).toBeGreaterThanOrEqual(estimate);
        expect(low === 0).toBe(successes === 0);
        expect(high === 1).toBe(successes === n);
        expect(1 - mirrored.high).toBeCloseTo(low, 12);
      }),
    );
  });

  it("bad counts and a bad confidence are refused", () => {
    expect(() => wilson(0, 0)).toThrow("wilson: n must be a whole number, at least 1, got 0");
    expect(() => wilson(4, 3)).toThrow("wilson: successes must be a whole number from 0 to 3, got 4");
    expect(() => wilson(0.5, 3)).toThrow("wilson: successes must be a whole number from 0 to 3, got 0.5");
    expect(() => wilson(1, 3, 1)).toThrow("wilson: confidence must be in (0, 1), got 1");
  });
});

describe("mean and quantile", () => {
  it("quantiles follow R's type 7", () => {
    const values = [10, 3, 1, 2, 5, 4, 7, 6, 8, 9];
    expect(quantile(values, 0.25)).toBe(3.25);
    expect(quantile(values, 0.5)).toBe(5.5);
    expect(quantile(values, 0)).toBe(1);
    expect(quantile(values, 1)).toBe(10);
    expect(quantile([7], 0.3)).toBe(7);
    expect(values[0]).toBe(10);
    expect(mean(values)).toBe(5.5);
  });

  it("mean and quantile do not hide NaN, and a quantile may be infinite", () => {
    expect(mean([1, Number.NaN])).toBeNaN();
    expect(quantile([1, Number.NaN, 2], 0)).toBeNaN();
    expect(quantile([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 0.9)).toBe(Number.POSITIVE_INFINITY);
  });

  it("a list without values and a probability out of range are refused", () => {
    expect(() => mean([])).toThrow("mean: needs at least one value, got []");
    expect(() => quantile([], 0.5)).toThrow("quantile: needs at least one value, got []");
    expect(() => quantile([1], 2)).toThrow("quantile: probability must be in [0, 1], got 2");
  });
});

describe("bootstrapMean", () => {
  const values = Array.from({ length: 200 }, (_, i) => Math.sin(i) + 2);

  it("the bootstrap comes near the normal interval where that holds", () => {
    const { estimate, low, high, n } = bootstrapMean(values, { seed: 3, resamples: 4000 });
    const centre = mean(values);
    const error = Math.sqrt(mean(values.map((v) => (v - centre) ** 2)) / values.length);
    expect(n).toBe(200);
    expect(estimate).toBe(centre);
    expect(Math.abs(low - (centre - 1.96 * error))).toBeLessThan(0.1 * error);
    expect(Math.abs(high - (centre + 1.96 * error))).toBeLessThan(0.1 * error);
  });

  it("the bootstrap depends on its seed alone", () => {
    expect(bootstrapMean(values, { seed: 1 })).toEqual(bootstrapMean(values, { seed: 1 }));
    expect(bootstrapMean(values, { seed: 1 })).not.toEqual(bootstrapMean(values, { seed: 2 }));
  });

  it("the bootstrap passes NaN on, and bad options are refused", () => {
    expect(bootstrapMean([1, Number.NaN]).low).toBeNaN();
    expect(bootstrapMean([4])).toEqual({ estimate: 4, low: 4, high: 4, n: 1 });
    expect(() => bootstrapMean([1], { resamples: 0 })).toThrow(
      "bootstrapMean: resamples must be a whole number, at least 1, got 0",
    );
    expect(() => bootstrapMean([], {})).toThrow("bootstrapMean: needs at least one value");
  });
});

describe("pairedMean", () => {
  it("the paired mean of few pairs has the range of the differences, and their effect size", () => {
    const a = [0.5, 0.75, 1, 0.25];
    const b = [0.25, 0.75, 0.5, 0.5];
    const differences = [0.25, 0, 0.5, -0.25];
    // mean 1/8; squared distances from it (1 + 1 + 9 + 9) / 64, over n − 1: 5/48
    expect(pairedMean(a, b)).toEqual({
      ...{ n: 4, equal: 1, estimate: mean(differences), low: -0.25, high: 0.5 },
      effectSize: expect.closeTo(0.125 / Math.sqrt(5 / 48), 9),
    });
  });

  it("a paired interval is narrow where pairs agree, however far apart the runs are", () => {
    const a = [0.1, 0.5, 0.9];
    const shifted = a.map((x) => x + 0.0625);
    const { low, high } = pairedMean(shifted, a);
    expect([low, high]).toEqual([expect.closeTo(0.0625, 12), expect.closeTo(0.0625, 12)]);
  });

  it("differences that are equal but for their rounding have no effect size", () => {
    const a = [0.976, 0.9826, 0.9899];
    const b = [0.9774, 0.984, 0.9913];
    expect(new Set(a.map((x, i) => x - b[i]!)).size).toBeGreaterThan(1);
    expect(pairedMean(a, b)).toMatchObject({ n: 3, estimate: expect.closeTo(-0.0014, 12), effectSize: null });
    const [points, none] = [a.map((x, i) => 100 * (x - b[i]!)), [0, 0, 0]];
    expect(pairedMean(points, none).effectSize).toBeNull();
  });

  it("a pair with an unknown number is left out, and not counted", () => {
    expect(pairedMean([1, null, 3], [0, 5, null])).toEqual({
      ...{ n: 1, equal: 0, estimate: 1, low: null, high: null, effectSize: null },
    });
    expect(pairedMean([null], [1])).toMatchObject({ n: 0, estimate: null, effectSize: null });
  });

  it("equal runs have no effect size, and lists of different lengths are refused", () => {
    expect(pairedMean([1, 2], [1, 2])).toMatchObject({
      n: 2,
      equal: 2,
      estimate: 0,
      low: 0,
      high: 0,
      effectSize: null,
    });
    expect(() => pairedMean([1, 2], [1])).toThrow("pairedMean: must have 2 numbers on both sides, got 1");
  });
});

describe("the ends beside a mean", () => {
  it("fewer than 8 values have their range, and say so; 8 have the bootstrap's interval", () => {
    const seven = [3, 1, 4, 1, 5, 9, 2];
    expect(meanOf(seven)).toEqual({ estimate: 25 / 7, low: 1, high: 9, n: 7 });
    expect(meanOf([...seven, 6])).toEqual(bootstrapMean([...seven, 6]));
    expect(meanOf([...seven, 6]).high).toBeLessThan(9);
    expect([1, 3, 7, 8].map((n) => intervalWords(n, "pairs"))).toEqual([
      "no interval",
      "range of 3 pairs",
      "range of 7 pairs",
      "95 % interval (bootstrap of 8 pairs)",
    ]);
  });

  it("a single value and none have no ends, and NaN is passed on", () => {
    expect(meanOf([4])).toEqual({ estimate: 4, low: null, high: null, n: 1 });
    expect(meanOf([])).toEqual({ estimate: null, low: null, high: null, n: 0 });
    expect(meanOf([1, Number.NaN])).toEqual({ estimate: Number.NaN, low: Number.NaN, high: Number.NaN, n: 2 });
  });
});

describe("holm", () => {
  // R's package multtest, mt.rawp2adjp(p, "Holm"), as in the tests of statsmodels (test_multi.py, res_multtest1)
  const p = [
    0.838541367553, 0.642193923795, 0.680845947633, 0.967833824309, 0.71626938238, 0.177096952723, 5.23656777208e-5,
    0.0202732688798, 2.8140506198e-4, 0.0149877310796,
  ];
  const byR = [1, 1, 1, 1, 1, 1, 5.23656777208e-4, 0.1419128821586, 2.53264555782e-3, 0.1199018486368];

  it("adjusted p-values agree with R, and keep their order", () => {
    for (const [i, adjusted] of holm(p).entries()) expect(adjusted).toBeCloseTo(byR[i]!, 12);
  });

  it("three of the fifteen hypotheses of Benjamini and Hochberg 1995, section 3.1, are rejected at 5 %", () => {
    const published = [1, 4, 19, 95, 201, 278, 298, 344, 459, 3240, 4262, 5719, 6528, 7590, 10000].map((k) => k / 1e4);
    expect(holm(published).filter((adjusted) => adjusted <= 0.05)).toHaveLength(3);
  });

  it("none is below one that was smaller or equal, equal ones stay equal, and one alone stays as it is", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.2, 0.2])).toEqual([0.4, 0.4]);
    expect([holm([0.3]), holm([])]).toEqual([[0.3], []]);
  });

  it("a p outside [0, 1] is refused", () => {
    for (const bad of [-0.1, 1.5, Number.NaN]) expect(() => holm([bad])).toThrow("holm: p must be in [0, 1], got");
  });
});

describe("signTest", () => {
  // Python: min(1, 2 * sum(math.comb(n, k) for k in range(min(a, b) + 1)) / 2**n)
  it.each([
    [0, 0, 1],
    [1, 0, 1],
    [5, 0, 0.0625],
    [0, 6, 0.03125],
    [9, 1, 0.021484375],
    [7, 3, 0.34375],
    [4, 4, 1],
    [60, 40, 0.05688793364098078],
  ])("the p-value of %d against %d is %d", (positive, negative, p) => {
    expect(signTest(positive, negative)).toBeCloseTo(p, 12);
    expect(signTest(negative, positive)).toBeCloseTo(p, 12);
  });

  it("six pairs cannot give a p below 0.03125", () => {
    expect([1, 5, 6].map(smallestSignTest)).toEqual([1, 0.0625, 0.03125]);
    expect(Math.min(...[0, 1, 2, 3, 4, 5, 6].map((k) => signTest(k, 6 - k)))).toBe(smallestSignTest(6));
  });

  it("a number of pairs that is no count is refused", () => {
    expect(() => signTest(1.5, 2)).toThrow("signTest: must count whole pairs, 0 or more, got 1.5");
    expect(() => signTest(1, -2)).toThrow("signTest: must count whole pairs, 0 or more, got -2");
  });
});
