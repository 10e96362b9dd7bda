/** Estimates with their intervals, as reported with every proportion and mean. */
import { fail } from "./errors";
import { stream } from "./random";

/** An estimate with the bounds of its confidence interval and the number of observations behind it. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/**
 * Wilson's score interval of a proportion (Wilson 1927; Brown, Cai and DasGupta 2001, section 3.1.1). The lower bound of
 * 0 successes is exactly 0, the upper bound of n successes exactly 1.
 * @param successes how many of the n trials succeeded
 * @param n trials, at least 1
 * @param confidence in (0, 1); default 0.95
 *
 * @example
 * ```ts
 * import { wilson } from "nonsmooth";
 *
 * const { low, high } = wilson(0, 100);
 * console.log(low, high.toFixed(3)); // 0 0.037
 * ```
 */
export function wilson(successes: number, n: number, confidence = 0.95): Estimate {
  if (!Number.isInteger(n) || n < 1) fail("wilson", "n must be a whole number, at least 1", n);
  if (!Number.isInteger(successes) || successes < 0 || successes > n) {
    fail("wilson", `successes must be a whole number from 0 to ${n}`, successes);
  }
  const z2 = normalQuantile((1 + checkedConfidence("wilson", confidence)) / 2) ** 2;
  const estimate = successes / n;
  // (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
  const centre = (estimate + z2 / (2 * n)) / (1 + z2 / n);
  const half = Math.sqrt(z2 * ((estimate * (1 - estimate)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return {
    estimate,
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
    n,
  };
}

/** Wilson's interval of a proportion, or nothing if there are no trials. */
export const proportion = (k: number, n: number): Estimate | { readonly [K in "estimate" | "low" | "high"]: null } =>
  n === 0 ? { estimate: null, low: null, high: null } : wilson(k, n);

/**
 * Arithmetic mean; NaN if a value is NaN. At least one value.
 *
 * @example
 * ```ts
 * import { mean } from "nonsmooth";
 *
 * console.log(mean([1, 2, 6])); // 3
 * ```
 */
export function mean(values: ArrayLike<number>): number {
  atLeastOne("mean", values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/**
 * Sample quantile of type 7 (Hyndman and Fan 1996): linear between order statistics, as in R and NumPy.
 * @param values at least one, in any order; if one is NaN, so is the quantile
 * @param probability in [0, 1]
 *
 * @example
 * ```ts
 * import { quantile } from "nonsmooth";
 *
 * console.log(quantile([4, 1, 3, 2], 0.5)); // 2.5
 * ```
 */
export function quantile(values: ArrayLike<number>, probability: number): number {
  atLeastOne("quantile", values);
  if (!(probability >= 0 && probability <= 1)) fail("quantile", "probability must be in [0, 1]", probability);
  const sorted = Float64Array.from(values).sort();
  // typed arrays sort NaN to the end
  if (Number.isNaN(sorted.at(-1))) return Number.NaN;
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const left = sorted[below]!;
  const right = sorted[Math.ceil(position)]!;
  return left === right ? left : left + (position - below) * (right - left);
}

/**
 * The mean with a percentile bootstrap interval (Efron and Tibshirani 1993, section 13.3), from our own random streams, so
 * equal seeds give equal bits.
 * @param values at least one; if one is NaN, so are mean and bounds
 * @param options seed: default 0; resamples: default 2000; confidence: in (0, 1), default 0.95
 *
 * @example
 * ```ts
 * import { bootstrapMean } from "nonsmooth";
 *
 * const accuracy = [0.91, 0.93, 0.92, 0.95];
 * const { estimate, low, high } = bootstrapMean(accuracy, { seed: 1 });
 * console.log(estimate.toFixed(4), low.toFixed(4), high.toFixed(4)); // 0.9275 0.9150 0.9425
 * ```
 */
export function bootstrapMean(
  values: ArrayLike<number>,
  options: { seed?: number; resamples?: number; confidence?: number } = {},
): Estimate {
  const { seed = 0, resamples = 2000, confidence = 0.95 } = options;
  const n = atLeastOne("bootstrapMean", values);
  if (!Number.isInteger(resamples) || resamples < 1) {
    fail("bootstrapMean", "resamples must be a whole number, at least 1", resamples);
  }
  const tail = (1 - checkedConfidence("bootstrapMean", confidence)) / 2;
  const random = stream(seed, "bootstrap");
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[random.integer(n)]!;
    return sum / n;
  });
  const estimate = mean(values);
  if (Number.isNaN(estimate)) return { estimate, low: estimate, high: estimate, n };
  return { estimate, low: quantile(means, tail), high: quantile(means, 1 - tail), n };
}

/** A mean over fewer values is given with their range: a bootstrap of a handful of values hardly leaves it, and is no 95 % interval. */
export const FEWEST_FOR_AN_INTERVAL = 8;

/** Whether the ends beside a mean of n values are only the smallest and the largest of them. */
export const isRangeOf = (n: number): boolean => n < FEWEST_FOR_AN_INTERVAL;

/**
 * What the ends beside a mean of n values are: "range of 3 pairs", "95 % interval (bootstrap of 8 pairs)", "no interval" for one.
 *
 * @example
 * ```ts
 * import { intervalWords } from "nonsmooth";
 *
 * console.log(intervalWords(3, "pairs"), "|", intervalWords(8, "pairs"));
 * // range of 3 pairs | 95 % interval (bootstrap of 8 pairs)
 * ```
 */
export function intervalWords(n: number, things: string): string {
  if (n < 2) return "no interval";
  return isRangeOf(n) ? `range of ${n} ${things}` : `95 % interval (bootstrap of ${n} ${things})`;
}

/**
 * The mean of some numbers with the ends of its bootstrap interval, or, of fewer than 8, with the smallest and the largest of them
 * (`intervalWords` says which); null if there are none, and no ends if there is only one. NaN if one is NaN.
 */
export function meanOf(values: readonly number[]): {
  estimate: number | null;
  low: number | null;
  high: number | null;
  n: number;
} {
  const n = values.length;
  if (n >= FEWEST_FOR_AN_INTERVAL) return bootstrapMean(values);
  if (n < 2) return { estimate: values[0] ?? null, low: null, high: null, n };
  return { estimate: mean(values), low: Math.min(...values), high: Math.max(...values), n };
}

/** What pairs say about the difference between two conditions. */
export interface PairedEstimate {
  /** Pairs in which both numbers are known. */
  readonly n: number;
  /** How many of them have equal numbers. */
  readonly equal: number;
  /** Mean difference with the ends that `meanOf` gives it: of a bootstrap interval, or of the range of fewer than 8 pairs. */
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Mean difference over the standard deviation of the differences, without a unit; null if that is 0 or unknown. */
  readonly effectSize: number | null;
}

/**
 * The mean of a − b over pairs, with a 95 % interval from a bootstrap of the *pairs* (Efron and Tibshirani 1993, section 13.3) or, of
 * fewer than 8 pairs, with the range of their differences; and Cohen's effect size for pairs, d_z = mean / sd (Cohen 1988, section
 * 2.3.5; sd with n − 1). A range says nothing of chance: five pairs agree in sign by chance once in 16 times.
 * @param a a[i] is the number of pair i; null if it is unknown (a run that diverged): the pair is then left out and not in n
 * @param b as long as a
 *
 * @example
 * ```ts
 * import { pairedMean } from "nonsmooth";
 *
 * const [zero, one] = [[0.9, 0.91, null], [0.88, 0.9, 0.87]] as const;
 * const { estimate, low, high, n } = pairedMean(zero, one);
 * console.log(estimate?.toFixed(3), low?.toFixed(3), high?.toFixed(3), n); // 0.015 0.010 0.020 2
 * ```
 */
export function pairedMean(a: readonly (number | null)[], b: readonly (number | null)[]): PairedEstimate {
  if (a.length !== b.length) fail("pairedMean", `must have ${a.length} numbers on both sides`, b.length);
  const differences = a.flatMap((x, i) => (x === null || b[i] === null ? [] : [x - b[i]!]));
  const { n, estimate, low, high } = meanOf(differences);
  const spread = n > 1 ? deviation(differences) : 0;
  // differences that are equal in exact arithmetic may differ after rounding
  const rounding = 1e-12 * Math.max(0, ...[...a, ...b].map((x) => Math.abs(x ?? 0)));
  const equal = differences.filter((difference) => difference === 0).length;
  return { n, equal, estimate, low, high, effectSize: spread > rounding ? estimate! / spread : null };
}

/**
 * Exact two-sided sign test (Conover 1999, section 3.4): the probability of a split at least this uneven if both signs are
 * equally likely. Pairs without a difference are left out beforehand.
 * @returns p; 1 without pairs
 *
 * @example
 * ```ts
 * import { signTest } from "nonsmooth";
 *
 * console.log(signTest(5, 0)); // 0.0625
 * ```
 */
export function signTest(positive: number, negative: number): number {
  for (const count of [positive, negative]) {
    if (!Number.isInteger(count) || count < 0) fail("signTest", "must count whole pairs, 0 or more", count);
  }
  const n = positive + negative;
  // Σ C(n, k) / 2ⁿ for k up to the smaller count
  let [term, tail] = [0.5 ** n, 0];
  for (let k = 0; k <= Math.min(positive, negative); k++) {
    tail += term;
    term *= (n - k) / (k + 1);
  }
  return Math.min(1, 2 * tail);
}

/** The smallest p that the sign test can give for n pairs that differ, 2 · 2⁻ⁿ: 0.03125 for 6. */
export const smallestSignTest = (n: number): number => signTest(n, 0);

/**
 * Adjusted p-values of a family of tests (Holm 1979): the k-th smallest of m is multiplied by m − k + 1, and none is below one that was
 * smaller. Rejecting what is at most α keeps the probability of any wrong rejection at most α, whatever the tests have to do with
 * each other.
 * @param p in [0, 1], in any order, which the result keeps
 *
 * @example
 * ```ts
 * import { holm } from "nonsmooth";
 *
 * console.log(holm([0.01, 0.04, 0.03])); // [ 0.03, 0.06, 0.06 ]
 * ```
 */
export function holm(p: readonly number[]): number[] {
  for (const one of p) if (!(one >= 0 && one <= 1)) fail("holm", "p must be in [0, 1]", one);
  const adjusted: number[] = new Array(p.length);
  const rising = [...p.keys()].sort((i, j) => p[i]! - p[j]!);
  let largest = 0;
  for (const [k, i] of rising.entries()) {
    largest = Math.max(largest, Math.min(1, (p.length - k) * p[i]!));
    adjusted[i] = largest;
  }
  return adjusted;
}

/** Standard deviation of a sample, with n − 1. */
function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

function atLeastOne(what: string, values: ArrayLike<number>): number {
  if (values.length < 1) fail(what, "needs at least one value", values);
  return values.length;
}

function checkedConfidence(what: string, confidence: number): number {
  if (!(confidence > 0 && confidence < 1)) fail(what, "confidence must be in (0, 1)", confidence);
  return confidence;
}

interface Rational {
  /** Coefficients, highest power first. */
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

const CENTRE: Rational = {
  numerator: [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  denominator: [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
};
const TAIL: Rational = {
  numerator: [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  denominator: [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
};
const FAR_TAIL: Rational = {
  numerator: [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  denominator: [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
};

/** The standard normal's quantile to 16 digits: algorithm AS 241, PPND16 (Wichura 1988). */
function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const x = r <= 5 ? ratio(TAIL, r - 1.6) : ratio(FAR_TAIL, r - 5);
  return q < 0 ? -x : x;
}

function ratio({ numerator, denominator }: Rational, x: number): number {
  return horner(numerator, x) / horner(denominator, x);
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, c) => sum * x + c, 0);
}
