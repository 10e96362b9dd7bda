import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Stream, stream, threefry2x32 } from "../../src/util";

type Words = readonly [number, number];

function encrypt([k0, k1]: Words, [c0, c1]: Words): number[] {
  const out = new Uint32Array(2);
  threefry2x32(k0, k1, c0, c1, out);
  return [...out];
}

describe("threefry2x32", () => {
  // Random123, tests/kat_vectors, lines "threefry2x32 20": counter, key, result
  it.each<[Words, Words, Words]>([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x243f6a88, 0x85a308d3],
      [0x13198a2e, 0x03707344],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])("threefry2x32 gives Random123's known answer for counter %j and key %j", (counter, key, expected) => {
    expect(encrypt(key, counter)).toEqual(expected);
  });

  it("threefry2x32 gives for the counters (0, i) what JAX prints for split(key(0), 3)", () => {
    const rows = [0, 1, 2].map((i) => encrypt([0, 0], [0, i]));
    expect(rows).toEqual([
      [1797259609, 2579123966],
      [928981903, 3453687069],
      [4146024105, 2718843009],
    ]);
  });

  it("signed and unsigned words give the same result", () => {
    expect(encrypt([-1, -1], [-1, -1])).toEqual([0x1cb996fc, 0xbb002be7]);
  });
});

describe("a stream", () => {
  const draw = (s: Stream, n: number) => Array.from({ length: n }, () => s.uint32());

  it("a stream counts blocks from 0 in the low word and draws both words of each", () => {
    const expected = [0, 1, 2].flatMap((i) => encrypt([7, 9], [i, 0]));
    expect(draw(new Stream(7, 9), 6)).toEqual(expected);
  });

  it("a stream is a function of its seed and its name", () => {
    expect(draw(stream(3, "shuffling", 2), 100)).toEqual(draw(stream(3, "shuffling", 2), 100));
  });

  it("a stream is another one for every other seed and name, however they are put together", () => {
    const streams = [
      stream(3, "a", "b"),
      stream(3, "ab"),
      stream(3, "a,b"),
      stream(3, "a", 1),
      stream(3, "a", "1"),
      stream(3, "a", 11),
      stream(3, "a", 1, 1),
      stream(4, "a"),
      stream(3, "a"),
      stream(-3, "a"),
      stream(3.5, "a"),
    ];
    expect(new Set(streams.map((s) => s.uint32())).size).toBe(streams.length);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("the seed %d is refused", (seed) => {
    expect(() => stream(seed, "a")).toThrow(`seed: must be a finite number, got ${seed}`);
  });

  it("neighbouring streams are no more correlated than noise", () => {
    const n = 20_000;
    const [a, b] = [stream(1, "x", 0), stream(1, "x", 1)];
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (a.uniform() - 0.5) * (b.uniform() - 0.5) * 12;
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
  });
});

describe("uniform", () => {
  it("uniform numbers lie on the grid of 2^-24 in [0, 1), and fill it evenly", () => {
    const random = stream(1, "uniform");
    const values = Array.from({ length: 64_000 }, () => random.uniform());
    expect(values.every((u) => u >= 0 && u < 1 && Number.isInteger(u * 2 ** 24) && Math.fround(u) === u)).toBe(true);
    // the lowest bits of the grid are used, too
    expect(values.filter((u) => (u * 2 ** 24) % 2 === 1).length / values.length).toBeCloseTo(0.5, 1);
    expect(
      chiSquare(
        values.map((u) => Math.floor(u * 64)),
        64,
      ),
    ).toBeLessThan(CRITICAL_63);
  });

  it("uniform numbers keep to their interval, and fill it", () => {
    const random = stream(1, "interval");
    const values = Array.from({ length: 1000 }, () => random.uniformIn(-3, 5));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...values)).toBeLessThan(5);
    expect(Math.min(...values)).toBeLessThan(-2.9);
    expect(Math.max(...values)).toBeGreaterThan(4.9);
  });
});

describe("integer", () => {
  it.each([1, 2, 7, 64])("integers below %i are drawn uniformly", (n) => {
    const random = stream(2, "integer", n);
    const values = Array.from({ length: 6400 }, () => random.integer(n));
    expect(values.every((v) => Number.isInteger(v) && v >= 0 && v < n)).toBe(true);
    // the 64-fold bound holds for fewer classes all the more
    expect(chiSquare(values, n)).toBeLessThan(CRITICAL_63);
  });

  it("integers below 3 · 2^30 are as likely in the first third as in the others", () => {
    const n = 3 * 2 ** 30;
    const random = stream(2, "rejection");
    const thirds = Array.from({ length: 6000 }, () => Math.floor(random.integer(n) / 2 ** 30));
    // without rejection the first third would hold a half
    expect(chiSquare(thirds, 3)).toBeLessThan(20);
  });

  it("an integer below 2^32 has all 32 bits", () => {
    expect(stream(2, "all").integer(2 ** 32)).toBe(stream(2, "all").uint32());
  });

  it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])("a random integer below %d is refused", (n) => {
    expect(() => stream(2, "bad").integer(n)).toThrow(`random integer: n must be in 1 … 2^32, got ${n}`);
  });
});

describe("permutation", () => {
  it("a permutation holds every number once", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer(), (n, seed) => {
        const order = stream(seed, "permutation").permutation(n);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it("all 24 orders of four come equally often", () => {
    const random = stream(5, "orders");
    const counts = new Map<string, number>();
    for (let i = 0; i < 24 * 200; i++) {
      const order = random.permutation(4).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const statistic = [...counts.values()].reduce((sum, n) => sum + (n - 200) ** 2 / 200, 0);
    expect(statistic).toBeLessThan(CRITICAL_63);
  });
});

describe("normal", () => {
  it("normal numbers have the moments 0, 1, 0, 3 and the tail of the standard normal", () => {
    const n = 100_000;
    const random = stream(6, "normal");
    const values = Float64Array.from({ length: n }, () => random.normal());
    const moment = (k: number) => values.reduce((sum, v) => sum + v ** k, 0) / n;
    // four standard errors: Var(x^k) = 1, 2, 15, 96
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    const beyond = values.filter((v) => Math.abs(v) > 1.959964).length / n;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / n));
  });

  it("the two numbers of a normal pair are not correlated", () => {
    const random = stream(7, "pairs");
    const n = 50_000;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += random.normal() * random.normal();
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
  });
});

/** Exceeded with probability 1e-5 by χ² with 63 degrees of freedom (Wilson and Hilferty 1931). */
const CRITICAL_63 = 123;

function chiSquare(values: readonly number[], classes: number): number {
  const counts = new Array<number>(classes).fill(0);
  for (const v of values) counts[v]!++;
  const expected = values.length / classes;
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}
