/** Binary floating-point formats as IEEE 754 describes them: precision, exponent range, rounding to nearest, ties to even. */
import { fail } from "../util";

export interface FloatFormat {
  readonly name: string;
  /** Width in bits, as a user names it: 16, 32, 64. */
  readonly bits: number;
  /** Significand bits, including the implicit one: 11, 24, 53. */
  readonly precision: number;
  /** Exponents of the smallest and of the largest normal number: 2^minExponent, about 2^(maxExponent + 1). */
  readonly minExponent: number;
  readonly maxExponent: number;
  /** Half the distance from 1 to the next number: the relative error of one rounding. */
  readonly unitRoundoff: number;
  readonly largest: number;
  readonly smallestNormal: number;
  readonly smallestSubnormal: number;
  /** Nearest number of the format, ties to even; overflow gives an infinity; NaN and the sign of zero are kept. */
  round(x: number): number;
  /** Distance from a finite |x| to the next larger number of the format. */
  ulp(x: number): number;
}

const view = new Float64Array(1);
const words = new Uint32Array(view.buffer);

/** floor(log2 |x|) of a finite x in the normal range of f64. */
function exponentOf(x: number): number {
  view[0] = x;
  return ((words[1]! >>> 20) & 0x7ff) - 1023;
}

/**
 * A format narrower than f64, given by its precision p (2 … 50) and its largest exponent (1 … 900; the smallest is one minus it).
 * Rounding adds and subtracts 1.5 · 2^(e + 53 − p), where the ulp of f64 is the ulp of the format at exponent e.
 */
export function narrowFormat(name: string, bits: number, precision: number, maxExponent: number): FloatFormat {
  requireWithin(name, "precision", precision, 2, 50);
  requireWithin(name, "largest exponent", maxExponent, 1, 900);
  const minExponent = 1 - maxExponent;
  const largest = (2 - 2 ** (1 - precision)) * 2 ** maxExponent;
  const overflow = largest + 2 ** (maxExponent - precision);
  const ulpAt = (x: number) => 2 ** (Math.max(exponentOf(x), minExponent) - precision + 1);
  return {
    name,
    bits,
    precision,
    minExponent,
    maxExponent,
    unitRoundoff: 2 ** -precision,
    largest,
    smallestNormal: 2 ** minExponent,
    smallestSubnormal: 2 ** (minExponent - precision + 1),
    round(x) {
      if (x === 0 || Number.isNaN(x)) return x;
      if (x >= overflow) return Number.POSITIVE_INFINITY;
      if (x <= -overflow) return Number.NEGATIVE_INFINITY;
      const magic = 1.5 * 2 ** 52 * ulpAt(x);
      const rounded = x + magic - magic;
      return rounded === 0 && x < 0 ? -0 : rounded;
    },
    ulp: ulpAt,
  };
}

function requireWithin(name: string, what: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    fail(`format ${name}`, `${what} must be a whole number in ${low} … ${high}`, value);
  }
}
