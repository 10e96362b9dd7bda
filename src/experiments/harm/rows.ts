/** A row is a training. One whose loss is not finite ends there, as `diverged`; unknown numbers are NaN. */
import { integer, listOf, number, oneOf, orNull, type RowOf, rowSchema, text, truth } from "../../runs";
import { chainRule, dataset, label, reason, trial, uniformPrecision } from "../common/columns";
import { given } from "../training/rows";

const first = (what: string) => orNull(integer(`${what} of the training's first exact zero; null: it met none`));

export const rows = rowSchema({
  given: {
    dataset,
    label,
    network: given.network,
    batchNorm: given.batchNorm,
    precision: uniformPrecision,
    arm: text(
      "what happens at an exact zero; null: as in zero, but one weight is changed by one unit in the last place",
    ),
    value: given.value,
    chainRule,
    trial,
  },
  found: {
    firstStep: first("step, from 0,"),
    firstLayer: first("place, in the order of the forward pass from 1,"),
    zeros: integer("exact zeros among the pre-activations of all steps", "zeros"),
    zerosByEpoch: listOf(integer("", "zeros"), "exact zeros by epoch"),
    computed: truth("whether it was trained; false: no zero was met at 0, so that every arm is the same"),
    epochs: integer("epochs that were begun", "epochs"),
    trainLoss: number("mean over the mini-batches of the last epoch", "nats"),
    testAccuracy: number("share of the test images classified correctly at the end; NaN: diverged before"),
    distance: number("distance of the final parameters from those of the arm zero, relative to their norm (L2)"),
    outcome: oneOf(["finished", "diverged", "failed"], "how the training ended"),
    reason,
  },
  key: ["batchNorm", "precision", "trial", "arm"],
});

export type HarmRow = RowOf<typeof rows>;
