/** A row is an epoch of a training. */
import { integer, number, oneOf, orNull, type RowOf, rowSchema, text, truth } from "../../runs";
import { dataset, label, reason, trial, uniformPrecision } from "../common/columns";
import { poolings } from "./config";

export const rows = rowSchema({
  given: {
    dataset,
    label,
    network: text("name of the network"),
    batchNorm: truth("whether the network has batch normalisation"),
    precision: uniformPrecision,
    pooling: oneOf(poolings, "how the value and the gradient of max-pooling are computed"),
    tie: number("value at ties: 0, the first maximum takes the gradient; 1, equal shares"),
    trial,
  },
  found: {
    epoch: integer("pass over the training images, from 1"),
    samples: integer("images seen in the epoch", "images"),
    windows: integer("windows of max-pooling on these images, all layers", "windows"),
    tied: integer("windows with several maxima", "windows"),
    tiedAtZero: integer("those of them whose maximum is 0: every element is off", "windows"),
    trainLoss: number("mean over the mini-batches of the epoch", "nats"),
    testAccuracy: orNull(number("share of the test images classified correctly; null: diverged before")),
    outcome: oneOf(["running", "finished", "diverged", "failed"], "state of the training after this epoch"),
    reason,
  },
  key: ["precision", "pooling", "tie", "trial", "epoch"],
});

export type MaxPoolTiesRow = RowOf<typeof rows>;
