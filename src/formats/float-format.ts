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
  /** The smallest positive number; the smallest normal one in a format without subnormal numbers. */
  readonly smallestSubnormal: number;
  /** Whether it has infinities, which an overflow gives; otherwise an overflow gives NaN. */
  readonly infinite: boolean;
  /** Nearest number of the format, ties to even; NaN and the sign of zero are kept. */
  round(x: number): number;
  /** Distance from a finite |x| to the next larger number of the format. */
  ulp(x: number): number;
}

const view = new Float64Array(1);
const words = new Uint32Array(view.buffer);

/** floor(log2 |x|) of a finite x in the normal range of f64; −1023 below it. */
export function exponentOf(x: number): number {
  view[0] = x;
  return ((words[1]! >>> 20) & 0x7ff) - 1023;
}

export interface NarrowOptions {
  /** Default 1 − maxExponent, as in IEEE 754. */
  readonly minExponent?: number;
  /** Default: all bits of the significand set, at the largest exponent. */
  readonly largest?: number;
  /** Whether an overflow gives an infinity, otherwise NaN; default true. */
  readonly infinite?: boolean;
  /** Whether there are subnormal numbers; otherwise a result that is below the smallest normal number once it is rounded becomes 0. Default true. */
  readonly subnormals?: boolean;
}

/**
 * A format narrower than f64, given by its precision p (2 … 50) and its largest exponent (1 … 900).
 * Rounding adds and subtracts 1.5 · 2^(e + 53 − p), where the ulp of f64 is the ulp of the format at exponent e.
 *
 * @example
 * ```ts
 * import { narrowFormat } from "nonsmooth";
 *
 * const tiny = narrowFormat("tiny", 8, 4, 7); // 8 bits, of these 3 after the point and 4 for the exponent
 * console.log(tiny.round(0.3), tiny.ulp(1)); // 0.3125 0.125
 * console.log(tiny.largest, tiny.round(300)); // 240 Infinity
 * ```
 */
export function narrowFormat(
  name: string,
  bits: number,
  precision: number,
  maxExponent: number,
  options: NarrowOptions = {},
): FloatFormat {
  requireWithin(name, "precision", precision, 2, 50);
  requireWithin(name, "largest exponent", maxExponent, 1, 900);
  const { minExponent = 1 - maxExponent, infinite = true, subnormals = true } = options;
  const { largest = (2 - 2 ** (1 - precision)) * 2 ** maxExponent } = options;
  const beyond = infinite ? Number.POSITIVE_INFINITY : Number.NaN;
  const smallestNormal = 2 ** minExponent;
  const lowest = subnormals ? minExponent : Number.NEGATIVE_INFINITY;
  const quantum = (x: number) => 2 ** (Math.max(exponentOf(x), lowest) - precision + 1);
  return {
    name,
    bits,
    precision,
    minExponent,
    maxExponent,
    unitRoundoff: 2 ** -precision,
    largest,
    smallestNormal,
    smallestSubnormal: subnormals ? smallestNormal * 2 ** (1 - precision) : smallestNormal,
    infinite,
    round(x) {
      if (x === 0 || Number.isNaN(x)) return x;
      // beyond the range of every format; the sum below would overflow
      if (Math.abs(x) >= 2 ** 950) return x < 0 ? -beyond : beyond;
      if (!subnormals && Math.abs(x) < smallestNormal / 2) return x < 0 ? -0 : 0;
      const magic = 1.5 * 2 ** 52 * quantum(x);
      const rounded = x + magic - magic;
      if (rounded > largest) return beyond;
      if (rounded < -largest) return -beyond;
      if (!subnormals && Math.abs(rounded) < smallestNormal) return x < 0 ? -0 : 0;
      return rounded === 0 && x < 0 ? -0 : rounded;
    },
    ulp: (x) => (!subnormals && Math.abs(x) < smallestNormal ? smallestNormal : quantum(x)),
  };
}

function requireWithin(name: string, what: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    fail(`format ${name}`, `${what} must be a whole number in ${low} … ${high}`, value);
  }
}
