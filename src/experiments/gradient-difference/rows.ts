/** A row is an initialisation under a chain rule, shown every mini-batch of a pass. */
import { integer, listOf, number, oneOf, orNull, type RowOf, rowSchema } from "../../runs";
import { chainRule, dataset, reason, trial, uniformPrecision } from "../common/columns";

const batches = (what: string) => integer(`mini-batches ${what}`, "mini-batches");
const sizes = (norm: string) =>
  listOf(number(""), `relative ${norm} size of the difference on each of these mini-batches`);
const sizesFirstLayer = (norm: string) =>
  listOf(
    orNull(number("")),
    `relative ${norm} size of the first layer's difference on each of these mini-batches; null: it has none`,
  );

export const rows = rowSchema({
  given: {
    dataset,
    width: integer("neurons in each hidden layer", "neurons"),
    depth: integer("hidden layers", "layers"),
    precision: uniformPrecision,
    chainRule,
    trial,
  },
  found: {
    outcome: oneOf(["finished", "failed"], "whether every mini-batch was looked at"),
    batches: batches("looked at"),
    withHit: batches("with an exact zero and without a NaN"),
    hits: integer("exact zeros among the pre-activations", "zeros"),
    notANumber: batches("with a NaN in a gradient"),
    different: batches("whose gradients differ in any parameter"),
    differentFirstLayer: batches("whose gradients differ in the first layer's weights, the published criterion"),
    where: listOf(integer(""), "the mini-batches, from 0, whose gradients differ in any parameter"),
    relativeL1: sizes("L1"),
    relativeL2: sizes("L2"),
    relativeL1FirstLayer: sizesFirstLayer("L1"),
    relativeL2FirstLayer: sizesFirstLayer("L2"),
    reason,
  },
  key: ["precision", "chainRule", "trial"],
});

export type GradientDifferenceRow = RowOf<typeof rows>;
