/** Rounding to nearest, ties to even, in exact integer arithmetic: slow, and with nothing in common with src/formats. */
import fc from "fast-check";
import { bitsOf, fromBits } from "../helpers/f64-bits";

export interface Parameters {
  readonly precision: number;
  readonly maxExponent: number;
}

/** The nearest number of the format with precision p and exponents 1 − maxExponent … maxExponent. */
export function roundExactly(x: number, { precision, maxExponent }: Parameters): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const [significand, exponent] = integerParts(Math.abs(x));
  // |x| = significand · 2^exponent, and the format's grid at |x| is 2^quantum
  const magnitude = significand.toString(2).length - 1 + exponent;
  const quantum = Math.max(magnitude, 1 - maxExponent) - precision + 1;
  const multiple =
    exponent >= quantum ? significand << BigInt(exponent - quantum) : halfEven(significand, quantum - exponent);
  const limit = 1n << BigInt(precision);
  const overflows = quantum === maxExponent - precision + 1 && multiple === limit;
  const rounded = overflows || magnitude > maxExponent ? Number.POSITIVE_INFINITY : Number(multiple) * 2 ** quantum;
  return x < 0 ? -rounded : rounded;
}

/** significand / 2^shift as an integer, ties to even. */
function halfEven(significand: bigint, shift: number): bigint {
  const unit = 1n << BigInt(shift);
  const floor = significand / unit;
  const twice = 2n * (significand % unit);
  return twice > unit || (twice === unit && floor % 2n === 1n) ? floor + 1n : floor;
}

function integerParts(x: number): [bigint, number] {
  const bits = bitsOf(x);
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  return field === 0 ? [fraction, -1074] : [fraction | (1n << 52n), field - 1075];
}

/** f64 numbers where a narrow format has work to do: any significand, exponents a little beyond the format's own. */
export function numbersAround({ precision, maxExponent }: Parameters): fc.Arbitrary<number> {
  const exponent = fc.integer({ min: -maxExponent - precision - 2, max: maxExponent + 2 });
  const sign = fc.constantFrom(1, -1);
  const fraction = fc.bigInt({ min: 0n, max: (1n << 52n) - 1n });
  const anywhere = fc.tuple(sign, exponent, fraction).map(([s, e, f]) => s * fromBits((BigInt(e + 1023) << 52n) | f));
  // multiples of a quarter of the last place, and their f64 neighbours: ties, and just beside them
  const quarters = fc
    .tuple(
      sign,
      exponent,
      fc.integer({ min: 2 ** (precision + 1), max: 2 ** (precision + 2) }),
      fc.constantFrom(0n, 1n, -1n),
    )
    .map(([s, e, n, beside]) => s * fromBits(bitsOf(n * 2 ** (e - precision - 1)) + beside));
  return fc.oneof(anywhere, quarters, fc.double());
}
