/** Rounding to nearest, ties to even, in exact rational arithmetic: slow, and with nothing in common with src/formats. */
import fc from "fast-check";
import { bitsOf, fromBits } from "../helpers/f64-bits";

/** Exponents 1 − maxExponent … maxExponent, unless a standard says otherwise. */
export interface Parameters {
  readonly precision: number;
  readonly maxExponent: number;
  /** Of a format without infinities, in which an overflow gives NaN. */
  readonly finite?: { readonly minExponent: number; readonly largest: number };
}

/** E4M3 in the OCP 8-bit Floating Point Specification, revision 1.0 (2023), table 1: exponents from −6, S.1111.110 is 448. */
export const E4M3: Parameters = { precision: 4, maxExponent: 8, finite: { minExponent: -6, largest: 448 } };

/** numerator / denominator, the denominator > 0. */
export type Rational = readonly [bigint, bigint];

/** A finite f64 number. */
export function rational(x: number): Rational {
  const [significand, exponent] = integerParts(Math.abs(x));
  const signed = x < 0 ? -significand : significand;
  return exponent >= 0 ? [signed << BigInt(exponent), 1n] : [signed, 1n << BigInt(-exponent)];
}

export const plus = ([a, b]: Rational, [c, d]: Rational): Rational => [a * d + c * b, b * d];
export const times = ([a, b]: Rational, [c, d]: Rational): Rational => [a * c, b * d];
export const over = (a: Rational, [c, d]: Rational): Rational => times(a, c < 0n ? [-d, -c] : [d, c]);

/** The nearest number of the format, ties to even. */
export function roundExactly(x: number, parameters: Parameters): number {
  if (x === 0 || Number.isNaN(x)) return x;
  if (!Number.isFinite(x)) return parameters.finite ? Number.NaN : x;
  const rounded = roundRational(rational(x), parameters);
  return rounded === 0 && x < 0 ? -0 : rounded;
}

/** As roundExactly, of a quotient of integers; 0 has no sign. */
export function roundRational(x: Rational, parameters: Parameters): number {
  if (x[0] === 0n) return 0;
  const { floor, rest, unit, quantum } = gridPlace(x, parameters);
  const up = 2n * rest > unit || (2n * rest === unit && floor % 2n === 1n);
  const magnitude = Number(up ? floor + 1n : floor) * 2 ** quantum;
  const { precision, maxExponent, finite } = parameters;
  const largest = finite?.largest ?? (2 - 2 ** (1 - precision)) * 2 ** maxExponent;
  const rounded = magnitude <= largest ? magnitude : finite ? Number.NaN : Number.POSITIVE_INFINITY;
  return x[0] < 0n ? -rounded : rounded;
}

/** The numbers of an unbounded grid on both sides of x, in order; twice x where x is on it. */
export function neighbours(x: number, parameters: Parameters): [number, number] {
  if (x === 0) return [x, x];
  const { floor, rest, quantum } = gridPlace(rational(x), parameters);
  const [inner, outer] = [floor, rest === 0n ? floor : floor + 1n].map((n) => Math.sign(x) * Number(n) * 2 ** quantum);
  return x > 0 ? [inner!, outer!] : [outer!, inner!];
}

/** |x| = (floor + rest / unit) · 2^quantum, where 2^quantum is the format's ulp at |x|. */
function gridPlace([signed, denominator]: Rational, { precision, maxExponent, finite }: Parameters) {
  const numerator = signed < 0n ? -signed : signed;
  // floor(log2 |x|), or one more
  let magnitude = bitLength(numerator) - bitLength(denominator);
  const [n, d] = scaled(numerator, denominator, magnitude);
  if (n < d) magnitude--;
  const quantum = Math.max(magnitude, finite?.minExponent ?? 1 - maxExponent) - precision + 1;
  const [whole, unit] = scaled(numerator, denominator, quantum);
  return { floor: whole / unit, rest: whole % unit, unit, quantum };
}

/** numerator / denominator / 2^exponent. */
const scaled = (numerator: bigint, denominator: bigint, exponent: number): Rational =>
  exponent >= 0 ? [numerator, denominator << BigInt(exponent)] : [numerator << BigInt(-exponent), denominator];

/** Of n > 0. */
function bitLength(n: bigint): number {
  const digits = n.toString(16);
  return 4 * digits.length + 28 - Math.clz32(Number.parseInt(digits[0]!, 16));
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
