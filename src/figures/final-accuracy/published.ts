/** The paper's accuracies after training, beside the cells of a sweep: data/paper/training-final-accuracy.csv. */
import type { TrainingCell, TrainingConfig } from "../../experiments";
import { type PublishedAccuracy, published } from "../published";
import { isPublishedKind } from "../training-kinds";

/**
 * The published accuracies for one kind of run, by ReLU'(0): of 32 bits, in full-sized networks, and in the released chain rule
 * `overwrite`; they are shown at `multiply`, and at another precision, where a sweep has no other. Where two experiments measured
 * the same, the one with dropout for a sweep with dropout, else the main text's.
 */
export function publishedAccuracies(cell: TrainingCell, config: TrainingConfig): readonly PublishedAccuracy[] {
  if (!isPublishedKind(cell, config)) return [];
  const found = published("training-final-accuracy").filter(
    (point) =>
      point.dataset === config.dataset &&
      point.network === config.network &&
      point.optimizer === cell.optimizer &&
      point.batchNorm === cell.batchNorm &&
      point.dropout === cell.dropout &&
      config.values.includes(point.value) &&
      point.how !== "not visible",
  );
  const [own, other] = config.dropout.some((rate) => rate > 0)
    ? (["dropout", "training"] as const)
    : (["training", "dropout"] as const);
  const of = (name: PublishedAccuracy["experiment"]) => found.filter(({ experiment }) => experiment === name);
  return of(own).length > 0 ? of(own) : of(other);
}

/** The mean of the runs that did not fail where the table is there, else the median read off a figure; none where all failed. */
export const accuracyOf = ({ mean, median }: PublishedAccuracy): number | undefined => mean ?? median;

/** a − b in one statistic: of means, else of medians; undefined where neither is known of both. */
export function publishedDifference(a: PublishedAccuracy, b: PublishedAccuracy): number | undefined {
  const known = (["mean", "median"] as const).find((name) => a[name] !== undefined && b[name] !== undefined);
  return known && a[known]! - b[known]!;
}
