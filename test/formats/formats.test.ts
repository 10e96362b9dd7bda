import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accumulator,
  allocate,
  formatNames,
  formats,
  isFloat,
  narrowFormat,
  precisionOf,
  precisions,
  precisionWords,
} from "../../src/formats";
import { fromBits, inwards, outwards } from "../helpers/f64-bits";
import { numbersAround, roundExactly } from "./exact";

describe.each([
  ["bf16", 8, 127],
  ["e5m2", 3, 15],
  ["p = 4, exponents to 7", 4, 7],
  ["p = 2, exponents to 3", 2, 3],
  ["tf32", 11, 127],
  ["24 bits, exponents to 63", 24, 63],
  ["p = 37, exponents to 200", 37, 200],
  ["p = 50, exponents to 900", 50, 900],
])("%s", (name, precision, maxExponent) => {
  const format = narrowFormat(name, 16, precision, maxExponent);

  it("the format rounds as exact integer arithmetic does", () => {
    fc.assert(
      fc.property(numbersAround(format), (x) => Object.is(format.round(x), roundExactly(x, format))),
      { numRuns: 2000 },
    );
  });

  it("rounding keeps the limits of the format, and midpoints at them go to infinity, 0 and 1", () => {
    const { largest, smallestNormal, smallestSubnormal, unitRoundoff, round } = format;
    const limits = [largest, smallestNormal, smallestSubnormal, 1 + 2 * unitRoundoff];
    expect(limits.map(round)).toEqual(limits);
    expect(round(largest + format.ulp(largest) / 2)).toBe(Number.POSITIVE_INFINITY);
    expect(round(inwards(largest + format.ulp(largest) / 2))).toBe(largest);
    expect(round(smallestSubnormal / 2)).toBe(0);
    expect(round(1 + unitRoundoff)).toBe(1);
  });

  it("the ulp of a number leads to the next number of the format", () => {
    fc.assert(
      fc.property(numbersAround(format), (x) => {
        const start = format.round(x);
        fc.pre(Number.isFinite(start) && Math.abs(start) < format.largest);
        const magnitude = Math.abs(start);
        const next = magnitude + format.ulp(start);
        // the next number is of the format, and everything before its middle is rounded back
        expect(roundExactly(next, format)).toBe(next);
        expect(roundExactly(inwards((magnitude + next) / 2), format)).toBe(magnitude);
      }),
    );
  });
});

it.each([
  [1, 15, "precision must be a whole number in 2 … 50, got 1"],
  [51, 15, "precision must be a whole number in 2 … 50, got 51"],
  [8, 1023, "largest exponent must be a whole number in 1 … 900, got 1023"],
  [8, 1.5, "largest exponent must be a whole number in 1 … 900, got 1.5"],
])("a format of p = %d with exponents to %d is refused", (precision, maxExponent, message) => {
  expect(() => narrowFormat("odd", 16, precision, maxExponent)).toThrow(`format odd: ${message}`);
});

describe("f32", () => {
  const { f32 } = formats;
  const generic = narrowFormat("f32", 32, 24, 127);

  it("f32 rounds as Math.fround does, and so does the generic rounding", () => {
    fc.assert(
      fc.property(fc.oneof(numbersAround(f32), fc.float()), (x) => {
        expect(f32.round(x)).toBe(Math.fround(x));
        expect(generic.round(x)).toBe(Math.fround(x));
        expect(roundExactly(x, f32)).toBe(Math.fround(x));
      }),
      { numRuns: 5000 },
    );
  });

  it("the generic rounding of f32 rounds subnormals as Math.fround does", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: (1023n - 152n) << 52n, max: (1023n - 125n) << 52n }), (bits) => {
        const x = fromBits(bits);
        expect(generic.round(x)).toBe(Math.fround(x));
        expect(generic.round(-x)).toBe(Math.fround(-x));
      }),
      { numRuns: 2000 },
    );
  });

  it("the ulp of an f32 number leads to the next bit pattern", () => {
    const words = new Uint32Array(1);
    const float = new Float32Array(words.buffer);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7f7ffffe }), (bits) => {
        words[0] = bits;
        const x = float[0]!;
        words[0] = bits + 1;
        expect(f32.ulp(x)).toBe(float[0]! - x);
        expect(f32.ulp(-x)).toBe(float[0]! - x);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("f64", () => {
  const { f64 } = formats;

  it("f64 rounds no number, and has the limits of JavaScript's numbers", () => {
    fc.assert(fc.property(fc.double(), (x) => Object.is(f64.round(x), x)));
    expect(f64.largest).toBe(Number.MAX_VALUE);
    expect(f64.smallestSubnormal).toBe(Number.MIN_VALUE);
    expect(f64.smallestNormal).toBe(fromBits(1n << 52n));
    expect(f64.unitRoundoff).toBe(Number.EPSILON / 2);
  });

  it("the ulp of f64 leads to the next bit pattern at every power of two and on both sides of it", () => {
    const powers = Array.from({ length: 2046 }, (_, i) => fromBits(BigInt(i + 1) << 52n));
    const points = [0, Number.MIN_VALUE, ...powers.flatMap((x) => [inwards(x), x, outwards(x)])];
    expect(points.filter((x) => f64.ulp(x) !== outwards(x) - x || f64.ulp(-x) !== f64.ulp(x))).toEqual([]);
  });

  it("the ulp of any f64 number leads to the next bit pattern", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: inwards(Number.MAX_VALUE), noNaN: true }), (x) => {
        expect(f64.ulp(x)).toBe(outwards(x) - x);
      }),
    );
  });
});

describe("the table of formats", () => {
  it("the table of formats goes from narrow to wide", () => {
    expect(formatNames).toEqual(["e4m3", "e5m2", "f16", "bf16", "tf32", "f32", "f64"]);
    expect(formatNames.map((name) => formats[name].name)).toEqual(formatNames);
  });

  it("each precision that users name has its format and its format of state", () => {
    const found = precisions.map(({ id }) => [id, precisionOf(id).format, precisionOf(id).state]);
    expect(found).toEqual([
      ["e4m3", "e4m3", "e4m3"],
      ["e5m2", "e5m2", "e5m2"],
      [16, "f16", "f16"],
      ["bf16", "bf16", "bf16"],
      ["tf32", "tf32", "tf32"],
      [32, "f32", "f32"],
      [64, "f64", "f64"],
      ["mixed", "f16", "f32"],
    ]);
  });

  it.each([31, 8, 0, Number.NaN, "f32"])("the precision %s is refused", (id) => {
    expect(() => precisionOf(id)).toThrow(
      /^precision: must be one of e4m3, e5m2, 16, bf16, tf32, 32, 64, mixed, or e<E>p<P> .*, got /,
    );
  });

  it("a list of precisions is written in words", () => {
    expect(precisionWords([16, 32, 64])).toBe("16, 32, 64 bits");
    expect(precisionWords(["mixed"])).toBe("mixed precision");
    expect(precisionWords([64, "mixed"])).toBe("64 bits, mixed precision");
  });

  it("f64 is accumulated in f64, and every narrower format in f32", () => {
    expect(formatNames.map((name) => accumulator(name).name)).toEqual([...Array(6).fill("f32"), "f64"]);
  });

  it("floats are told from indices and truth values", () => {
    expect((["f16", "f32", "f64", "i32", "bool"] as const).map(isFloat)).toEqual([true, true, true, false, false]);
  });

  it("each format is held in an array that can represent it", () => {
    expect(allocate("f16", 2)).toEqual(new Float32Array(2));
    expect(allocate("f32", 2)).toEqual(new Float32Array(2));
    expect(allocate("f64", 2)).toEqual(new Float64Array(2));
    expect(allocate("i32", 2)).toEqual(new Int32Array(2));
    expect(allocate("bool", 2)).toEqual(new Uint8Array(2));
  });
});
