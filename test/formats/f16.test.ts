import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formats } from "../../src/formats";
import { inwards, outwards } from "../helpers/f64-bits";
import { numbersAround, roundExactly } from "./exact";

const { f16 } = formats;

/** IEEE 754-2019, section 3.4: the number of a 16-bit pattern. */
function decode(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const patterns = Array.from({ length: 2 ** 16 }, (_, bits) => bits);
/** 0, the smallest subnormal, … 65504; the index is the bit pattern, so an even index is an even significand. */
const positive = patterns.slice(0, 31 << 10).map(decode);

/** The elements of a list for which a condition fails: one assertion for many thousand numbers. */
const failing = <T>(list: readonly T[], holds: (x: T, i: number) => boolean) => list.filter((x, i) => !holds(x, i));

describe("f16.round", () => {
  it("rounding keeps the number of each of the 65,536 bit patterns", () => {
    expect(failing(patterns.map(decode), (x) => Object.is(f16.round(x), x))).toEqual([]);
  });

  it("every midpoint is rounded to the even neighbour", () => {
    const wrong = failing(positive.slice(1), (upper, i) => {
      const lower = positive[i]!;
      const even = i % 2 === 0 ? lower : upper;
      const midpoint = (lower + upper) / 2;
      return Object.is(f16.round(midpoint), even) && Object.is(f16.round(-midpoint), -even);
    });
    expect(wrong).toEqual([]);
  });

  it("the f64 numbers beside every midpoint are rounded to the nearer neighbour", () => {
    const wrong = failing(positive.slice(1), (upper, i) => {
      const lower = positive[i]!;
      const [below, above] = [inwards((lower + upper) / 2), outwards((lower + upper) / 2)];
      const right = f16.round(below) === lower && f16.round(above) === upper;
      return right && Object.is(f16.round(-below), -lower) && f16.round(-above) === -upper;
    });
    expect(wrong).toEqual([]);
  });

  it("numbers from 65520 on are rounded to infinity", () => {
    expect(f16.round(65504)).toBe(65504);
    expect(f16.round(inwards(65520))).toBe(65504);
    expect(f16.round(65520)).toBe(Number.POSITIVE_INFINITY);
    expect(f16.round(-65520)).toBe(Number.NEGATIVE_INFINITY);
    expect(f16.round(Number.MAX_VALUE)).toBe(Number.POSITIVE_INFINITY);
    expect(f16.round(Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
  });

  it("numbers too small are rounded to a zero of the same sign", () => {
    expect(f16.round(2 ** -25)).toBe(0);
    expect(f16.round(-(2 ** -25))).toBe(-0);
    expect(f16.round(outwards(2 ** -25))).toBe(2 ** -24);
    expect(f16.round(Number.MIN_VALUE)).toBe(0);
    expect(f16.round(-Number.MIN_VALUE)).toBe(-0);
  });

  it("rounding keeps signed zeros and NaN", () => {
    expect(f16.round(0)).toBe(0);
    expect(f16.round(-0)).toBe(-0);
    expect(f16.round(Number.NaN)).toBeNaN();
  });

  it("rounding agrees with exact integer arithmetic on any f64 number", () => {
    fc.assert(
      fc.property(numbersAround(f16), (x) => Object.is(f16.round(x), roundExactly(x, f16))),
      { numRuns: 5000 },
    );
  });
});

describe("f16", () => {
  it("f16 has the limits of binary16", () => {
    expect(f16.largest).toBe(decode(0x7bff));
    expect(f16.smallestNormal).toBe(decode(0x0400));
    expect(f16.smallestSubnormal).toBe(decode(0x0001));
    expect(f16.unitRoundoff).toBe((decode(0x3c01) - 1) / 2);
    expect([f16.bits, f16.precision, f16.minExponent, f16.maxExponent]).toEqual([16, 11, -14, 15]);
  });

  it("the ulp of every f16 number leads to the next number", () => {
    const wrong = failing(positive.slice(1), (next, i) => {
      const x = positive[i]!;
      return f16.ulp(x) === next - x && f16.ulp(-x) === next - x;
    });
    expect(wrong).toEqual([]);
    expect(f16.ulp(65504)).toBe(32);
  });
});
