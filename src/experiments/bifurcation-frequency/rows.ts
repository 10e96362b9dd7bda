/** A row is an initialisation, shown a pass over the data up to the first mini-batch whose first-layer gradient differs. */
import { integer, listOf, number, oneOf, orNull, type RowOf, rowSchema } from "../../runs";
import { dataset, reason, trial, uniformPrecision } from "../common/columns";

const first = (what: string) => orNull(integer(`the first mini-batch, from 0, ${what}; null: none`));
const size = (norm: string, of: string) =>
  orNull(number(`relative ${norm} size of the difference of ${of}, where it first appears; null: no difference`));

export const rows = rowSchema({
  given: {
    dataset,
    precision: uniformPrecision,
    width: integer("neurons in each hidden layer", "neurons"),
    depth: integer("hidden layers", "layers"),
    batchSize: integer("images in a mini-batch", "images"),
    trial,
  },
  found: {
    outcome: oneOf(["same", "different", "not-a-number", "failed"], "whether any gradient differs, on any mini-batch"),
    batches: integer("mini-batches looked at", "mini-batches"),
    firstHit: first("with an exact zero"),
    firstBifurcation: first("whose gradients differ in any parameter"),
    firstBifurcationFirstLayer: first("whose gradients differ in the first layer's weights, the published criterion"),
    hits: integer("exact zeros among the pre-activations", "zeros"),
    hitsByLayer: listOf(integer("", "zeros"), "exact zeros among the pre-activations of each hidden layer"),
    relativeL1: size("L1", "all parameters' gradients"),
    relativeL2: size("L2", "all parameters' gradients"),
    relativeL1FirstLayer: size("L1", "the first layer's gradients"),
    relativeL2FirstLayer: size("L2", "the first layer's gradients"),
    reason,
  },
  key: ["precision", "width", "depth", "batchSize", "trial"],
});

export type BifurcationRow = RowOf<typeof rows>;
