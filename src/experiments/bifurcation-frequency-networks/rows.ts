/** A row is an initialisation that was shown all of its mini-batches. A place is an operation with a kink, in the order of the forward pass. */
import { activationNames } from "../../nn";
import { integer, listOf, number, oneOf, orNull, type RowOf, rowSchema, text, truth } from "../../runs";
import { dataset, label, reason, trial, uniformPrecision } from "../common/columns";

const batches = (what: string) => integer(`mini-batches ${what}`, "mini-batches");
const first = (what: string) => orNull(integer(`the first mini-batch, from 0, ${what}; null: none`));
const ROUNDED = "that a finer precision might avoid";

export const rows = rowSchema({
  given: {
    dataset,
    label,
    network: text("name of the network"),
    batchNorm: truth("whether the network has batch normalisation"),
    activation: oneOf(activationNames, "name of the activation"),
    kinks: text("the kinks, each with the two values that are compared: relu.zero 0 | 1"),
    precision: uniformPrecision,
    trial,
  },
  found: {
    outcome: oneOf(["done", "failed"], "whether all of its mini-batches were looked at"),
    batches: batches("looked at"),
    withHit: batches("with an exact hit of a kink and without a NaN in the gradients"),
    withRoundedHit: batches(`with a hit ${ROUNDED}, and without a NaN`),
    different: batches("whose gradients differ in any parameter"),
    differentFirstLayer: batches("whose gradients differ in the first layer's weights, the published criterion"),
    notANumber: batches("with a NaN in a gradient"),
    firstHit: first("with an exact hit"),
    firstRoundedHit: first(`with a hit ${ROUNDED}`),
    firstDifferent: first("whose gradients differ in any parameter"),
    firstDifferentFirstLayer: first("whose gradients differ in the first layer's weights"),
    firstNotANumber: first("with a NaN in a gradient"),
    preActivations: integer("operands of operations with a kink, over all mini-batches", "numbers"),
    hits: integer("exact hits of a kink among these operands", "numbers"),
    forcedHits: integer("hits that are sums in which every term is 0: no precision avoids them", "numbers"),
    hitsByPlace: listOf(integer("", "numbers"), "hits at each place"),
    forcedByPlace: listOf(integer("", "numbers"), "forced hits at each place"),
    kinksByPlace: listOf(text(""), "the kink of each place"),
    medianRelativeL2FirstLayer: orNull(
      number(
        "relative L2 size of the first layer's difference: median over the mini-batches that have one; null: none has",
      ),
    ),
    reason,
  },
  key: ["network", "batchNorm", "activation", "kinks", "precision", "trial"],
});

export type NetworksRow = RowOf<typeof rows>;
