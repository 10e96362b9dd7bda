/** What each arm changes against ReLU'(0) = 0, beside what a single rounding changes. */
import { equivalenceTest, groupBy, mean, quantile, signTest, tInterval } from "../../util";
import { type Arm, armsOf, type Cell, cellKey, cells, NULL, ZERO } from "./arms";
import type { HarmConfig } from "./config";
import type { HarmRow } from "./rows";

/** With fewer pairs than this only their range is given, and nothing is concluded. */
export const FEWEST_PAIRS = 8;
const ALPHA = 0.05;

/** A mean with the ends of its 95 % t interval, or below eight pairs of its range. */
export interface PairedChange {
  /** Pairs that met an exact zero and in which both trainings finished: in the others nothing could differ. */
  readonly n: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Whether low and high are only the smallest and the largest. */
  readonly isRange: boolean;
}

/** The trainings of an arm in a cell. Differences are in percentage points of test accuracy. */
export interface HarmArm extends Arm {
  readonly runs: number;
  readonly finished: number;
  readonly diverged: number;
  readonly failed: number;
  /** Of every run; null for one that did not finish. */
  readonly accuracies: readonly (number | null)[];
  /** Accuracy minus that of the arm `zero`, by run; null where that met no exact zero, or one of the two did not finish. */
  readonly differences: readonly (number | null)[];
  /** Pairs whose parameters are equal to the bit at the end. */
  readonly equal: number;
  /** Mean relative distance of the parameters from those of `zero`, over the pairs with one. */
  readonly distance: number | null;
  readonly change: PairedChange;
  /** The same against the arm `null`, in place of `zero`: what goes beyond rounding. */
  readonly beyondNull: PairedChange;
  /** Of the two one-sided tests with the declared bound; null with fewer than eight pairs. */
  readonly pEquivalent: number | null;
  /** Pairs in which it ended worse than `zero`, or better; a training that diverged ranks below every accuracy. And p of their sign test. */
  readonly worse: number;
  readonly better: number;
  readonly pSign: number;
  /** Whether every difference lies between the smallest and the largest of the null. */
  readonly insideNull: boolean;
  readonly verdict: Verdict;
}

/**
 * `equal`: no run differs in a bit, whether it met an exact zero or not. `equivalent`: two one-sided tests with the declared bound, where no training diverged. `differs`: the t
 * interval does not hold 0, or the sign test rejects at 5 %.
 */
export type Verdict = "reference" | "equal" | "equivalent" | "differs" | "cannot tell";

/** A network in a precision. */
export interface HarmCell extends Cell {
  /** Runs in which the arm `zero` met an exact zero, and the median of the steps before the first; null where there is none. */
  readonly withZero: number;
  readonly firstStep: number | null;
  /** Range of the differences of the arm `null`, in percentage points; null without pairs. */
  readonly nullRange: readonly [number, number] | null;
  readonly arms: readonly HarmArm[];
}

export type HarmSummary = readonly HarmCell[];

export function summarize(rows: readonly HarmRow[], config: HarmConfig): HarmSummary {
  const groups = groupBy(rows, cellKey);
  return cells(config).map((cell) => summarizeCell(cell, groups.get(cellKey(cell)) ?? [], config));
}

type Numbers = readonly (number | null)[];

function summarizeCell(cell: Cell, own: readonly HarmRow[], config: HarmConfig): HarmCell {
  const trials = Array.from({ length: config.runs }, (_, trial) => trial);
  const of = (arm: string) => trials.map((trial) => own.find((row) => row.arm === arm && row.trial === trial));
  const accuracies = (arm: string): Numbers =>
    of(arm).map((row) => (row?.outcome === "finished" ? 100 * row.testAccuracy : null));
  const met = of(ZERO).map((row) => typeof row?.firstStep === "number");
  const whereMet = (some: Numbers): Numbers => some.map((x, i) => (met[i] ? x : null));
  const [zero, nulls] = [whereMet(accuracies(ZERO)), whereMet(accuracies(NULL))];
  const spread = known(minus(nulls, zero));
  const nullRange = spread.length > 0 ? ([Math.min(...spread), Math.max(...spread)] as const) : null;
  const steps = of(ZERO).flatMap((row) => (typeof row?.firstStep === "number" ? [row.firstStep] : []));
  const arms = armsOf(config).map((arm): HarmArm => {
    const all = of(arm.arm);
    const differences = minus(accuracies(arm.arm), zero);
    const change = changeOf(known(differences));
    const distances = all.flatMap((row) =>
      row?.outcome === "finished" && !Number.isNaN(row.distance) ? [row.distance] : [],
    );
    const counts = endsOf(all);
    const equal = distances.filter((distance) => distance === 0).length;
    // a run without a zero has nothing to say
    const pairs = all.flatMap((row, i) => (met[i] ? [[row, of(ZERO)[i]] as const] : []));
    const signs = signsOf(pairs);
    const lost = pairs.filter((pair) => pair.some((row) => row?.outcome === "diverged")).length;
    const pEquivalent = change.n < FEWEST_PAIRS ? null : equivalenceTest(known(differences), config.bound);
    return {
      ...arm,
      runs: config.runs,
      ...counts,
      accuracies: accuracies(arm.arm).map((x) => (x === null ? null : x / 100)),
      differences,
      equal,
      distance: distances.length > 0 ? mean(distances) : null,
      change,
      beyondNull: changeOf(known(minus(accuracies(arm.arm), nulls))),
      pEquivalent,
      ...signs,
      insideNull: nullRange !== null && known(differences).every((x) => nullRange[0] <= x && x <= nullRange[1]),
      verdict: verdictOf(arm, { change, pEquivalent, ...signs, isEqual: equal === config.runs, lost }),
    };
  });
  return {
    ...cell,
    withZero: steps.length,
    firstStep: steps.length > 0 ? quantile(steps, 0.5) : null,
    nullRange,
    arms,
  };
}

const minus = (a: Numbers, b: Numbers): Numbers =>
  a.map((x, i) => (x === null || b[i] === null || b[i] === undefined ? null : x - b[i]!));

const known = (some: Numbers): number[] => some.filter((x) => x !== null);

const endsOf = (rows: readonly (HarmRow | undefined)[]) => {
  const count = (outcome: string) => rows.filter((row) => row?.outcome === outcome).length;
  return { finished: count("finished"), diverged: count("diverged"), failed: count("failed") };
};

function changeOf(differences: readonly number[]): PairedChange {
  const n = differences.length;
  if (n === 0) return { n, mean: null, low: null, high: null, isRange: true };
  if (n >= FEWEST_PAIRS) return { ...tInterval(differences), isRange: false };
  return { n, mean: mean(differences), low: Math.min(...differences), high: Math.max(...differences), isRange: true };
}

/** How many pairs ended worse and better; pairs in which one of the two failed or is missing do not count. */
function signsOf(pairs: readonly (readonly [own: HarmRow | undefined, zero: HarmRow | undefined])[]) {
  const count = (is: (x: number, y: number) => boolean) =>
    pairs.filter(([own, zero]) => is(rankOf(own), rankOf(zero))).length;
  const [worse, better] = [count((x, y) => x < y), count((x, y) => x > y)];
  return { worse, better, pSign: signTest(worse, better) };
}

/** NaN, which is neither more nor less, where there is no outcome. */
const rankOf = (row: HarmRow | undefined): number =>
  row?.outcome === "finished" ? row.testAccuracy : row?.outcome === "diverged" ? -1 : Number.NaN;

interface Evidence extends Pick<HarmArm, "change" | "pEquivalent" | "pSign"> {
  readonly isEqual: boolean;
  /** Pairs in which a training diverged. */
  readonly lost: number;
}

function verdictOf({ arm }: Arm, { change, pEquivalent, pSign, isEqual, lost }: Evidence): Verdict {
  if (arm === ZERO) return "reference";
  if (isEqual) return "equal";
  if (change.n + lost < FEWEST_PAIRS) return "cannot tell";
  if (lost === 0 && pEquivalent !== null && pEquivalent < ALPHA) return "equivalent";
  const excludes0 = !change.isRange && (change.low! > 0 || change.high! < 0);
  return excludes0 || pSign < ALPHA ? "differs" : "cannot tell";
}
