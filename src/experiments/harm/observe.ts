/** The exact zeros of a training, counted in its steps. */
import { kinkHits, kinkSites } from "../../autodiff";
import type { Value } from "../../ir";
import type { EpochEvent, StepEvent } from "../../train";

/** A step and a place in the network. */
export interface Place {
  readonly epoch: number;
  readonly batch: number;
  /** Steps before it in the whole training. */
  readonly step: number;
  /** The ReLU, from 1, in the order of the forward pass. */
  readonly layer: number;
}

/** What is known of a training so far; plain data. */
export interface Course {
  readonly first: Place | null;
  /** Of the epochs that were begun. */
  readonly zeros: readonly number[];
  /** The last epoch that ended, with its evaluation. */
  readonly end: (Pick<EpochEvent, "trainLoss" | "diverged"> & { readonly accuracy: number }) | null;
}

export const START: Course = { first: null, zeros: [], end: null };

/** An output of a step for each ReLU, `zeros k`: how many elements of its operand are exactly 0. */
export function zeroCounts(loss: Value): Record<string, Value> {
  const sites = kinkSites([loss]).filter(({ kink }) => kink === "relu.zero");
  return Object.fromEntries(sites.map((site, i) => [`zeros ${i + 1}`, kinkHits(site)]));
}

export function afterStep(course: Course, { epoch, batch, batches, observed }: StepEvent): Course {
  const counts = Object.keys(observed).map((_, i) => observed[`zeros ${i + 1}`]!.data[0]!);
  const zeros = counts.reduce((sum, n) => sum + n, 0);
  const place = { epoch, batch, step: epoch * batches + batch, layer: counts.findIndex((n) => n > 0) + 1 };
  const before = course.zeros[epoch] ?? 0;
  return {
    ...course,
    first: course.first ?? (zeros > 0 ? place : null),
    zeros: [...course.zeros.slice(0, epoch), before + zeros],
  };
}

export const afterEpoch = (course: Course, { trainLoss, test, diverged }: EpochEvent): Course => ({
  ...course,
  end: { trainLoss, diverged, accuracy: test?.accuracy ?? Number.NaN },
});
