/** What one initialisation has seen, mini-batch by mini-batch. */
import { quantile } from "../../util";
import type { Observation } from "./programs";

const sum = (values: readonly number[]) => values.reduce((total, n) => total + n, 0);

/** @param kinks the kink of each place; @param places elements of the pre-activations of a mini-batch */
export function tally(seen: readonly Observation[], kinks: readonly string[], places: number) {
  // only where the gradients can be compared, so that differences are a share of these columns
  const withHit = within(seen, ({ hits, notANumber }) => !notANumber && sum(hits) > 0);
  const withRoundedHit = within(seen, ({ hits, forced, notANumber }) => !notANumber && sum(hits) > sum(forced));
  const different = within(seen, ({ anyParameter }) => anyParameter);
  const differentFirstLayer = within(seen, ({ firstLayer }) => firstLayer);
  const notANumber = within(seen, (one) => one.notANumber);
  const sizes = seen.filter(({ firstLayer }) => firstLayer).map((one) => one.relativeL2FirstLayer);
  const byPlace = (counts: (one: Observation) => readonly number[]) =>
    kinks.map((_, place) => sum(seen.map((one) => counts(one)[place]!)));
  const hitsByPlace = byPlace(({ hits }) => hits);
  const forcedByPlace = byPlace(({ forced }) => forced);
  return {
    outcome: "done",
    batches: seen.length,
    withHit: withHit.count,
    withRoundedHit: withRoundedHit.count,
    different: different.count,
    differentFirstLayer: differentFirstLayer.count,
    notANumber: notANumber.count,
    firstHit: withHit.first,
    firstRoundedHit: withRoundedHit.first,
    firstDifferent: different.first,
    firstDifferentFirstLayer: differentFirstLayer.first,
    firstNotANumber: notANumber.first,
    preActivations: places * seen.length,
    hits: sum(hitsByPlace),
    forcedHits: sum(forcedByPlace),
    hitsByPlace,
    forcedByPlace,
    kinksByPlace: kinks,
    medianRelativeL2FirstLayer: sizes.length > 0 ? quantile(sizes, 0.5) : null,
    reason: null,
  } as const;
}

/** How many mini-batches show something, and the first of them, from 0; null: none does. */
function within(seen: readonly Observation[], shows: (one: Observation) => boolean) {
  const first = seen.findIndex(shows);
  return { count: seen.filter(shows).length, first: first < 0 ? null : first };
}
