/** Formats by their numbers of bits, against exact rational arithmetic; conversions by exhaustion; stochastic rounding. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accumulator,
  type FormatName,
  formatNames,
  formatOf,
  formats,
  inOrder,
  isFloat,
  isUsual,
  precisionOf,
  roundStochastically,
} from "../../src/formats";
import { stream } from "../../src/util";
import { E4M3, neighbours, numbersAround, roundExactly } from "./exact";

const names = ["e3p2", "e4p4", "e5p11", "e8p8", "e8p5", "e8p11", "e8p12", "e8p24", "e6p25", "e10p17"] as const;

describe.each(names)("%s", (name) => {
  const format = formatOf(name);
  const flushed = formatOf(`${name}-flush`);

  it("rounds as exact arithmetic does, with and without subnormal numbers", () => {
    const flushedExactly = (x: number) => {
      // as if there were no smallest exponent, then 0 below the smallest normal number
      const scale = 2 ** 300;
      const rounded =
        Math.abs(x) < 2 ** -700 ? 0 * x : roundExactly(x * scale, { ...format, maxExponent: 900 }) / scale;
      return Math.abs(rounded) < format.smallestNormal ? 0 * x : roundExactly(x, format);
    };
    fc.assert(
      fc.property(numbersAround(format), (x) => {
        expect(format.round(x)).toBe(roundExactly(x, format));
        if (Math.abs(x) < 2 ** 600) expect(flushed.round(x)).toBe(Number.isNaN(x) ? x : flushedExactly(x));
      }),
      { numRuns: 400 },
    );
  });

  it("has limits that rounding keeps, and beyond which it overflows or underflows", () => {
    const { largest, smallestNormal, smallestSubnormal, round, ulp } = format;
    expect([largest, smallestNormal, smallestSubnormal].map(round)).toEqual([
      largest,
      smallestNormal,
      smallestSubnormal,
    ]);
    expect(round(largest + ulp(largest) / 2)).toBe(Number.POSITIVE_INFINITY);
    expect(round(smallestSubnormal / 2)).toBe(0);
    expect(flushed.round(smallestSubnormal)).toBe(0);
    expect(flushed.round(-smallestSubnormal)).toBe(-0);
    expect(flushed.ulp(0)).toBe(smallestNormal);
  });

  it("the arithmetic of its record gives the bits of one correct rounding", () => {
    const narrow = { f32: Math.fround, f64: (x: number) => x }[format.arithmetic];
    const random = stream(1, name);
    const draw = () =>
      format.round(random.normal() * 2 ** (random.integer(2 * format.maxExponent) - format.maxExponent));
    const pairs = Array.from({ length: 2000 }, () => [draw(), draw()] as const);
    // f64 is exact for products, and wide enough for the others (p ≤ 25)
    const results = pairs.flatMap(([a, b]) => [a + b, a * b, a / b, Math.sqrt(Math.abs(a))]);
    expect(results.filter((exact) => !Object.is(format.round(narrow(exact)), format.round(exact)))).toEqual([]);
  });
});

it("e5p11 and e8p8 are f16 and bf16", () => {
  for (const [own, known] of [
    ["e5p11", "f16"],
    ["e8p8", "bf16"],
  ] as const) {
    const [a, b] = [formatOf(own), formats[known]];
    expect([a.precision, a.largest, a.smallestSubnormal, a.arithmetic]).toEqual([
      b.precision,
      b.largest,
      b.smallestSubnormal,
      b.arithmetic,
    ]);
  }
});

it("the suffixes say what accumulates, how it rounds, and who can", () => {
  const said = (name: FormatName) => [
    accumulator(name).name,
    formatOf(name).rounding,
    formatOf(name).carrier,
    isUsual(name),
  ];
  expect(said("e8p12")).toEqual(["f32", "nearest", "f32", true]);
  expect(said("e8p12-sums")).toEqual(["e8p12-sums", "nearest", "f32", false]);
  expect(said("e8p12-flush-sums-stochastic")).toEqual(["e8p12-flush-sums-stochastic", "stochastic", "f32", false]);
  expect(said("e9p12")).toEqual(["f64", "nearest", "f64", true]);
  expect(said("e8p25")).toEqual(["f64", "nearest", "f64", true]);
});

it.each(["e2p3", "e1p3", "e4p99", "e4p1", "e11p5", "e08p3", "e8p12-sums-flush", "e8p12-", "E8p12", "e8p26"])(
  "%s is not a format",
  (name) => {
    expect(isFloat(name)).toBe(false);
    expect(() => formatOf(name as never)).toThrow(/^format: must be e<E>p<P> with E in 3 … 10 and P in 2 … 25/);
    expect(() => precisionOf(name)).toThrow(/^precision: must be one of .*, or e<E>p<P>/);
  },
);

it("parametric precisions have labels and an order", () => {
  expect(precisionOf("e8p12").label).toBe("p = 12");
  expect(precisionOf("e5p9-flush-sums-stochastic").label).toBe("p = 9, e5, no subnormals, own sums, stochastic");
  expect(inOrder(["e8p12", 64, "e8p5", "e4m3", 16, "e5p12"])).toEqual(["e4m3", 16, 64, "e8p5", "e5p12", "e8p12"]);
});

describe.each(["f16", "bf16"] as const)("all 65,536 numbers of %s", (from) => {
  const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const all = [...formats[from].encoding.fromBits(bits.buffer)];

  it.each([...formatNames, "e8p12", "e5p11", "e6p5", "e8p24"] as const)(
    "are converted to %s exactly, and back where they fit",
    (to) => {
      const target = formatOf(to);
      const parameters = to === "e4m3" ? E4M3 : target;
      // the first half has no sign
      const wrong = all.slice(0, 2 ** 15).filter((x) => {
        const y = target.round(x);
        return !Object.is(y, roundExactly(x, parameters)) || !Object.is(target.round(-x), -y);
      });
      expect(wrong).toEqual([]);
      const kept = all.filter((x) => Object.is(target.round(x), x));
      expect(kept.filter((x) => !Object.is(formats[from].round(x), x))).toEqual([]);
      if (target.precision >= formats[from].precision && target.minExponent <= formats[from].minExponent)
        expect(all.filter((x) => !Object.is(target.round(x), x))).toEqual([]);
    },
  );
});

describe("stochastic rounding", () => {
  const format = formatOf("e5p4");
  const random = stream(1, "stochastic");
  const uniform = () => random.uint32() * 2 ** -32;

  it.each(["e5p4", "e8p12", "e4p2"] as const)(
    "gives one of the two neighbours in %s, and the number itself where it is of the format",
    (name) => {
      const own = formatOf(name);
      const uniforms = fc.oneof(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.constant(0));
      fc.assert(
        fc.property(numbersAround(own), uniforms, (x, u) => {
          fc.pre(Number.isFinite(x) && Math.abs(x) <= own.largest);
          const [low, high] = neighbours(x, own);
          // upwards in magnitude with the probability of the distance from the inner neighbour, which f64 holds exactly or nearly
          const [inner, outer] = x < 0 ? [high, low] : [low, high];
          const upwards = low !== high && u < (x - inner) / (outer - inner);
          const expected = upwards ? outer : inner;
          expect(roundStochastically(own, x, u)).toBe(expected === 0 && x < 0 ? -0 : expected);
        }),
        { numRuns: 500 },
      );
    },
  );

  it.each([0, -0, 1, -1.125, 2 ** -17, -245760 / 4, Number.NaN, Number.POSITIVE_INFINITY])(
    "leaves %f as it is",
    (x) => {
      expect([0, 0.5, 1 - 2 ** -32].map((u) => roundStochastically(format, x, u))).toEqual([x, x, x]);
    },
  );

  it.each([1.03, -1.03, 1.99, 3e-5, 2 ** -17 / 3, -6e-5, 240.5])("has the mean %f", (x) => {
    const n = 40_000;
    const drawn = Array.from({ length: n }, () => roundStochastically(format, x, uniform()));
    const [low, high] = [Math.min(...drawn), Math.max(...drawn)];
    expect(new Set(drawn).size).toBe(2);
    expect(low < x && x < high && high - low <= format.ulp(high)).toBe(true);
    const mean = drawn.reduce((sum, y) => sum + y, 0) / n;
    // five standard errors of a mean of two values
    expect(Math.abs(mean - x)).toBeLessThan((5 * (high - low)) / 2 / Math.sqrt(n));
  });
});
