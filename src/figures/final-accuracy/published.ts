/** The paper's accuracies after training, beside the cells of a sweep: data/paper/training-final-accuracy.csv. */
import type { TrainingCell, TrainingConfig } from "../../experiments";
import { published } from "../published";

/** One published accuracy: see data/paper/README.md. */
export interface PublishedAccuracy {
  /** Values of one experiment are comparable: the main text's, or the one with dropout. */
  readonly experiment: "training" | "dropout";
  readonly dataset: string;
  readonly network: string;
  readonly optimizer: string;
  readonly batchNorm: "true" | "false";
  readonly dropout: number;
  /** ReLU'(0) */
  readonly value: number;
  readonly epochs: number;
  /** Runs in the table, and those of them that failed; absent where only a figure is left. */
  readonly runs?: number;
  readonly failed?: number;
  /** Over the runs that did not fail. */
  readonly mean?: number;
  readonly median?: number;
  readonly how: "counted" | "read from figure" | "not visible";
}

/**
 * The published accuracies for one kind of run, by ReLU'(0): of 32 bits, in full-sized networks, and in the released chain rule
 * `overwrite`; they are shown at `multiply`, and at another precision, where a sweep has no other. Where two experiments measured the same, the one
 * with more of the sweep's values.
 */
export function publishedAccuracies(cell: TrainingCell, config: TrainingConfig): readonly PublishedAccuracy[] {
  const rule = config.chainRules.includes("overwrite") ? "overwrite" : "multiply";
  const precision = config.precisions.includes(32) ? 32 : config.precisions[0];
  if (cell.precision !== precision || cell.chainRule !== rule) return [];
  const found = all().filter(
    (point) =>
      point.dataset === config.dataset &&
      point.network === config.network &&
      point.optimizer === cell.optimizer &&
      point.batchNorm === String(cell.batchNorm) &&
      point.dropout === cell.dropout &&
      config.values.includes(point.value) &&
      point.how !== "not visible",
  );
  const [first = [], second = []] = (["dropout", "training"] as const).map((name) =>
    found.filter(({ experiment }) => experiment === name),
  );
  return second.length > first.length ? second : first;
}

/** The mean of the runs that did not fail where the table is there, else the median read off a figure; none where all failed. */
export const accuracyOf = ({ mean, median }: PublishedAccuracy): number | undefined => mean ?? median;

const all = () => published("training-final-accuracy") as unknown as PublishedAccuracy[];
