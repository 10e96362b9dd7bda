/** The columns of one initialisation, mini-batch by mini-batch. */
import type { ColumnKinds, Row } from "../../runs";
import { quantile } from "../../util";
import type { Observation } from "./programs";

/** Columns that hold how many mini-batches showed something, and the column of the first of them, from 0. */
const FIRSTS = {
  withHit: "firstHit",
  withRoundedHit: "firstRoundedHit",
  different: "firstDifferent",
  differentFirstLayer: "firstDifferentFirstLayer",
  notANumber: "firstNotANumber",
} as const;

/** Null in a run in which nothing of the kind happens. */
export const columns: ColumnKinds = {
  ...Object.fromEntries(Object.values(FIRSTS).map((first) => [first, "integer" as const])),
  medianRelativeL2FirstLayer: "number",
};

const sum = (values: readonly number[]) => values.reduce((total, n) => total + n, 0);

/** @param kinks the kink of each place; @param places elements of the pre-activations of a mini-batch */
export function tally(seen: readonly Observation[], kinks: readonly string[], places: number): Row {
  const has: Readonly<Record<keyof typeof FIRSTS, (one: Observation) => boolean>> = {
    // only where the gradients can be compared, so that these are the columns that a difference is a share of
    withHit: ({ hits, notANumber }) => !notANumber && sum(hits) > 0,
    withRoundedHit: ({ hits, forced, notANumber }) => !notANumber && sum(hits) > sum(forced),
    different: ({ anyParameter }) => anyParameter,
    differentFirstLayer: ({ firstLayer }) => firstLayer,
    notANumber: ({ notANumber }) => notANumber,
  };
  const batches = Object.entries(has).map(([column, test]) => [column, seen.filter(test).length]);
  const firsts = Object.entries(FIRSTS).map(([column, first]) => {
    const batch = seen.findIndex(has[column as keyof typeof FIRSTS]);
    return [first, batch < 0 ? null : batch];
  });
  const sizes = seen.filter(({ firstLayer }) => firstLayer).map((one) => one.relativeL2FirstLayer);
  const byPlace = (counts: (one: Observation) => readonly number[]) =>
    kinks.map((_, place) => sum(seen.map((one) => counts(one)[place]!)));
  const hitsByPlace = byPlace(({ hits }) => hits);
  const forcedByPlace = byPlace(({ forced }) => forced);
  return {
    outcome: "done",
    batches: seen.length,
    ...Object.fromEntries(batches),
    ...Object.fromEntries(firsts),
    preActivations: places * seen.length,
    hits: sum(hitsByPlace),
    forcedHits: sum(forcedByPlace),
    hitsByPlace,
    forcedByPlace,
    kinksByPlace: kinks,
    medianRelativeL2FirstLayer: sizes.length > 0 ? quantile(sizes, 0.5) : null,
    reason: null,
  };
}

/** Columns of a run that broke off: nothing is known of it but the reason. */
export function failed(reason: string): Row {
  const columns = Object.keys(tally([], [], 0));
  return { ...Object.fromEntries(columns.map((column) => [column, null])), outcome: "failed", reason };
}
