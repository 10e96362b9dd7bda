/**
 * Medians and ratios of alternating measurements. A shared machine is slower at one moment than at another, for everybody
 * on it; what is measured in turns meets the same moments, so the ratio within a round says more than any time.
 */
import { NonsmoothError, quantile } from "nonsmooth";
import type { Line, Unit } from "./types";

/** A median with the lowest and the highest value of n rounds. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** The median and the range of at least one value. */
export function spread(values: readonly number[]): Spread {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0),
    high: quantile(values, 1),
    n: values.length,
  };
}

/**
 * How many times as fast as theirs ours is, in each round: the quotient of times (or memory), or of rates the other way round.
 * @throws NonsmoothError unless there are as many rounds of one as of the other
 */
export function speedRatios(ours: readonly number[], theirs: readonly number[], unit: Unit): number[] {
  if (ours.length !== theirs.length) {
    throw new NonsmoothError("speed ratio", `must have ${ours.length} rounds on both sides`, { got: theirs.length });
  }
  return ours.map((mine, round) => (unit === "GFLOP/s" ? mine / theirs[round]! : theirs[round]! / mine));
}

export interface Measured extends Pick<Line, "benchmark" | "what" | "against" | "unit" | "goal" | "limit"> {
  /** One value for each round. */
  readonly ours: readonly number[];
  readonly theirs?: readonly number[];
  /** Why there is no `theirs`. */
  readonly missing?: string;
}

/** A line of the table from the values of all rounds. */
export function line({ ours, theirs, missing, ...rest }: Measured): Line {
  const mine = spread(ours);
  if (!theirs) return { ...rest, ours: mine, ...(rest.against && { missing }) };
  return { ...rest, ours: mine, theirs: spread(theirs), ratio: spread(speedRatios(ours, theirs, rest.unit)) };
}
