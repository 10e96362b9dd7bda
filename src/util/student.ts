/** Student's t: intervals of means, and the test that a mean is small. */
import { fail } from "./errors";

/** A mean with the ends of its interval. */
export interface MeanInterval {
  readonly n: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The mean of a sample with Student's t interval (Student 1908): mean ± t · s / √n, s with n − 1.
 * @param values at least two
 * @param confidence in (0, 1); default 0.95
 *
 * @example
 * ```ts
 * import { tInterval } from "nonsmooth";
 *
 * const { mean, low, high } = tInterval([1, 2, 3]);
 * console.log(mean, low.toFixed(2), high.toFixed(2)); // 2 -0.48 4.48
 * ```
 */
export function tInterval(values: readonly number[], confidence = 0.95): MeanInterval {
  if (!(confidence > 0 && confidence < 1)) fail("tInterval", "confidence must be in (0, 1)", confidence);
  const { n, mean, error } = standardError("tInterval", values);
  const half = studentQuantile((1 + confidence) / 2, n - 1) * error;
  return { n, mean, low: mean - half, high: mean + half };
}

/**
 * Two one-sided t tests (Schuirmann 1987): p of the larger one. A p below α says that the mean lies in (−bound, bound); the same holds if
 * the interval of confidence 1 − 2α lies there.
 * @param values at least two; of pairs: their differences
 * @param bound positive, in the unit of the values; to be chosen before the values are seen
 * @returns p; without any spread 0 where the mean lies within the bound, else 1
 *
 * @example
 * ```ts
 * import { equivalenceTest } from "nonsmooth";
 *
 * const differences = [0.001, -0.002, 0.0005, -0.001, 0.0015];
 * console.log(equivalenceTest(differences, 0.01) < 0.05); // true
 * ```
 */
export function equivalenceTest(values: readonly number[], bound: number): number {
  if (!(bound > 0 && Number.isFinite(bound))) fail("equivalenceTest", "bound must be a positive number", bound);
  const { n, mean, error } = standardError("equivalenceTest", values);
  const distance = bound - Math.abs(mean); // to the nearer bound
  if (error === 0) return distance > 0 ? 0 : 1;
  return studentCdf(-distance / error, n - 1);
}

function standardError(what: string, values: readonly number[]) {
  const n = values.length;
  if (n < 2) fail(what, "needs at least two values", values);
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { n, mean, error: Math.sqrt(squares / (n - 1) / n) };
}

/** P(T ≤ t) for `freedom` degrees of freedom (Abramowitz and Stegun 1964, 26.7.1). */
export function studentCdf(t: number, freedom: number): number {
  if (!(freedom > 0)) fail("studentCdf", "degrees of freedom must be positive", freedom);
  const tail = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
  return t < 0 ? tail : 1 - tail;
}

/** The t with P(T ≤ t) = p, by bisection. @param p in (0, 1) */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1)) fail("studentQuantile", "p must be in (0, 1)", p);
  if (p < 0.5) return -studentQuantile(1 - p, freedom);
  let [low, high] = [0, 1];
  while (studentCdf(high, freedom) < p) high *= 2;
  for (let middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) {
    if (studentCdf(middle, freedom) < p) low = middle;
    else high = middle;
  }
  return high;
}

/** The regularised incomplete beta function I_x(a, b) (Press et al. 2007, section 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return Number(x >= 1);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  // the fraction converges fast on this side of the mean
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
}

const MOST_TERMS = 1000;
const TINY = 1e-300;

/** The continued fraction of I_x(a, b), by Lentz's method. */
function fraction(x: number, a: number, b: number): number {
  const apart = (y: number) => (Math.abs(y) < TINY ? TINY : y);
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MOST_TERMS; m++) {
    const before = value;
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const term of [even, odd]) {
      d = 1 / apart(1 + term * d);
      c = apart(1 + term / c);
      value *= c * d;
    }
    if (Math.abs(value - before) <= 1e-16 * Math.abs(value)) return value;
  }
  return value;
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** log Γ(x) for x > 0 (Lanczos 1964, with g = 7). */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const y = x - 1;
  const t = y + 7.5;
  const sum = LANCZOS.reduce((all, term, i) => all + (i === 0 ? term : term / (y + i)));
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}
