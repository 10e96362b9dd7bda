/** The rows of both experiments of this folder: an iteration of a run; a point of the plane. */
import { integer, listOf, number, oneOf, type RowOf, rowSchema } from "../../runs";
import { dataset, reason, trial, uniformPrecision } from "../common/columns";

const distance = (of: string) => number(`L1 distance, after the update, of the weights trained with ${of}`);

export const rows = rowSchema({
  given: { dataset, precision: uniformPrecision, trial },
  found: {
    iteration: integer("from 0"),
    difference: distance("ReLU'(0) = 1 and 0"),
    control: distance("ReLU'(0) = 0, twice"),
    smallest: listOf(number(""), "smallest magnitude of a pre-activation of each hidden layer, with ReLU'(0) = 1"),
    smallestOfAll: number("the smallest of these"),
    zeros: listOf(
      integer("", "zeros"),
      "exact zeros among the pre-activations of each hidden layer, with ReLU'(0) = 1",
    ),
    zerosOfAll: integer("sum of these", "zeros"),
    loss1: number("of the mini-batch, with ReLU'(0) = 1", "nats"),
    loss0: number("of the mini-batch, with ReLU'(0) = 0", "nats"),
    outcome: oneOf(["running", "finished", "diverged", "failed"], "state of the run after this iteration"),
    reason,
  },
  key: ["precision", "trial", "iteration"],
});

export type SurpriseRow = RowOf<typeof rows>;

const place = (what: string) => integer(`where the first exact zero is: ${what}`);
const unit = "of the normalised direction";

export const planeRows = rowSchema({
  given: {
    dataset,
    trial,
    iteration: place("iteration, from 0"),
    layer: place("hidden layer, from 1"),
    sample: place("image of the mini-batch, from 0"),
    neuron: place("neuron, from 0"),
  },
  found: {
    x: number("how far the weights are moved along the first direction", unit),
    y: number("how far the weights are moved along the second direction", unit),
    z64: number("magnitude of the pre-activation there, in 64 bits"),
    z32: number("magnitude of the pre-activation there, in 32 bits"),
  },
  key: ["y", "x"],
});

export type PlaneRow = RowOf<typeof planeRows>;
