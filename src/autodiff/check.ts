/**
 * Checks a gradient by difference quotients in f64, from both sides.
 *
 * Where the quotients from the left and from the right agree, the derivative has to agree with them. Where they do not,
 * there is a kink, and the derivative has to be the asked-for mixture (1 − λ)·left + λ·right: for relu with the value s at
 * 0, λ = s.
 */
import { NonsmoothError } from "../util";

export interface CheckOptions {
  /** λ at a kink; default: a kink is an error. */
  readonly mixture?: number;
  /** Step of the quotients; default 2^-10. They are extrapolated twice, so their error is of the order step³. */
  readonly step?: number;
  /** Allowed difference, relative to 1 + |derivative|; default 1e-7. */
  readonly tolerance?: number;
}

/**
 * Compares a gradient with one-sided difference quotients, coordinate by coordinate.
 * @param f the scalar function, evaluated in f64
 * @param x the point
 * @param gradient the claimed ∂f/∂x
 * @throws NonsmoothError naming the first coordinate that disagrees
 *
 * @example
 * ```ts
 * import { checkGradient } from "nonsmooth";
 *
 * const square = (x: Float64Array) => x[0]! ** 2;
 * await checkGradient(square, Float64Array.of(3), [6]);
 * console.log(await checkGradient(square, Float64Array.of(3), [5]).catch(() => "5 is wrong")); // 5 is wrong
 * ```
 */
export async function checkGradient(
  f: (x: Float64Array) => number | Promise<number>,
  x: Float64Array,
  gradient: ArrayLike<number>,
  { mixture, step = 2 ** -10, tolerance = 1e-7 }: CheckOptions = {},
): Promise<void> {
  const f0 = await f(x);
  const quotient = async (i: number, h: number) => {
    const moved = x.slice();
    moved[i] = x[i]! + h;
    return ((await f(moved)) - f0) / (moved[i]! - x[i]!);
  };
  // Richardson: the errors in h and h² cancel
  const oneSided = async (i: number, h: number) =>
    ((await quotient(i, h)) - 6 * (await quotient(i, h / 2)) + 8 * (await quotient(i, h / 4))) / 3;

  for (let i = 0; i < x.length; i++) {
    const left = await oneSided(i, -step);
    const right = await oneSided(i, step);
    const kink = !near(left, right, tolerance);
    if (kink && mixture === undefined) {
      throw new NonsmoothError(`gradient at ${i}`, `left and right quotients must agree (${left} and ${right})`, {
        hint: "at a kink, say which mixture of the two is expected",
      });
    }
    const expected = kink ? (1 - mixture!) * left + mixture! * right : (left + right) / 2;
    if (!near(gradient[i]!, expected, tolerance)) {
      throw new NonsmoothError(`gradient at ${i}`, `must be ${expected}`, { got: gradient[i] });
    }
  }
}

const near = (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance * (1 + Math.abs(b));
