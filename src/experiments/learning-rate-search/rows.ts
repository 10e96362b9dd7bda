/** A row is an epoch of a training, as in the experiment `training`, judged on the images that were held out. */
import { type RowOf, rowSchema } from "../../runs";
import { accuracy, count, epoch, given, key, loss, outcome, reason, trainLoss } from "../training/rows";

export const rows = rowSchema({
  given,
  found: {
    epoch,
    trainLoss,
    validationLoss: loss("held-out"),
    validationAccuracy: accuracy("held-out"),
    validationCount: count("held-out"),
    outcome,
    reason,
  },
  key,
});

export type LearningRateRow = RowOf<typeof rows>;
