/** A row is an epoch and a hidden layer of a training. */
import { integer, number, oneOf, type RowOf, rowSchema } from "../../runs";
import { dataset, reason, trial, uniformPrecision } from "../common/columns";

export const rows = rowSchema({
  given: {
    dataset,
    precision: uniformPrecision,
    width: integer("neurons in each hidden layer", "neurons"),
    depth: integer("hidden layers", "layers"),
    trial,
  },
  found: {
    epoch: integer("pass over the data, from 1"),
    layer: integer("hidden layer, from 1"),
    samples: integer("images seen in the epoch", "images"),
    calls: integer("ReLU calls: one unit on one image", "calls"),
    zeros: integer("pre-activations that are exactly zero", "calls"),
    structural: integer("those of them from dead units and from images without input", "calls"),
    trainLoss: number("mean over the epoch's mini-batches", "nats"),
    testAccuracy: number("share of the test images classified correctly after the epoch; NaN: diverged before"),
    outcome: oneOf(["running", "finished", "diverged", "failed"], "state of the training after this epoch"),
    reason,
  },
  key: ["precision", "width", "depth", "trial", "epoch", "layer"],
});

export type ZerosRow = RowOf<typeof rows>;
