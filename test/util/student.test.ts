/** Student's t against SciPy (golden/student.py), and a published example of two one-sided tests. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { equivalenceTest, studentCdf, studentQuantile, tInterval } from "../../src/util";

interface Golden {
  readonly cdf: readonly [t: number, freedom: number, p: number][];
  readonly quantile: readonly [p: number, freedom: number, t: number][];
  readonly samples: readonly { values: number[]; bound: number; p: number; interval: [number, number] }[];
}
const golden = JSON.parse(readFileSync(join(__dirname, "golden", "student.json"), "utf8")) as Golden;

const near = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-11 * Math.max(1e-3, Math.abs(b)));

describe("Student's t", () => {
  it.each(golden.cdf)("P(T ≤ %f) with %i degrees of freedom", (t, freedom, p) => near(studentCdf(t, freedom), p));
  it.each(golden.quantile)("the quantile at %f with %i degrees of freedom", (p, freedom, t) =>
    near(studentQuantile(p, freedom), t),
  );

  it("95 % of eight values lie within 2.365 standard errors, as in every table", () => {
    expect(studentQuantile(0.975, 7)).toBeCloseTo(2.365, 3);
    expect(studentQuantile(0.95, 7)).toBeCloseTo(1.895, 3);
  });
});

describe("two one-sided tests", () => {
  it.each(golden.samples)("p and interval of $values with the bound $bound", ({ values, bound, p, interval }) => {
    near(equivalenceTest(values, bound), p);
    const { n, low, high } = tInterval(values);
    expect(n).toBe(values.length);
    near(low, interval[0]);
    near(high, interval[1]);
  });

  it("p is below 5 % exactly where the 90 % interval lies within the bound", () => {
    const values = [0.3, -0.2, 0.1, 0.4, -0.5, 0.2, 0.0, 0.6];
    const { low, high } = tInterval(values, 0.9);
    const edge = Math.max(-low, high);
    expect(equivalenceTest(values, edge * 1.000001)).toBeLessThan(0.05);
    expect(equivalenceTest(values, edge * 0.999999)).toBeGreaterThan(0.05);
  });

  it("values without spread are within a bound or not", () => {
    expect(equivalenceTest([0, 0, 0], 1)).toBe(0);
    expect(equivalenceTest([2, 2, 2], 1)).toBe(1);
    expect(equivalenceTest([1, 1], 1)).toBe(1);
  });

  it("what has no answer is refused", () => {
    expect(() => equivalenceTest([1], 1)).toThrow("equivalenceTest: needs at least two values, got [1]");
    expect(() => equivalenceTest([1, 2], 0)).toThrow("equivalenceTest: bound must be a positive number, got 0");
    expect(() => tInterval([])).toThrow("tInterval: needs at least two values, got []");
    expect(() => tInterval([1, 2], 1)).toThrow("tInterval: confidence must be in (0, 1), got 1");
    expect(() => studentQuantile(1, 3)).toThrow("studentQuantile: p must be in (0, 1), got 1");
    expect(() => studentCdf(1, 0)).toThrow("studentCdf: degrees of freedom must be positive, got 0");
  });
});
