/** A row is an initialisation that was shown every image of its pass. A layer is a ReLU call, in the order of the forward pass. */
import { integer, listOf, number, oneOf, type RowOf, rowSchema, text, truth } from "../../runs";
import { dataset, reason, trial, uniformPrecision } from "../common/columns";
import { orderNames } from "./orders";

const byLayer = (what: string, unit = "numbers") => listOf(integer("", unit), `${what}, by layer`);

export const rows = rowSchema({
  given: {
    dataset,
    network: text("name of the network"),
    widths: text("neurons of its hidden layers or channels of its stages: 256-256-256; empty: the network's own"),
    batchNorm: truth("whether the network has batch normalisation"),
    precision: uniformPrecision,
    order: oneOf(orderNames, "order of the sums in a perceptron"),
    trial,
  },
  found: {
    outcome: oneOf(["done", "failed"], "whether every image was looked at"),
    images: integer("looked at", "images"),
    madeBy: listOf(
      text(""),
      "the operation that makes the pre-activations, by layer: a product, a convolution, a normalisation or a sum",
    ),
    calls: byLayer("pre-activations of one image"),
    hitsByLayer: byLayer("pre-activations that are exactly 0"),
    forcedByLayer: byLayer("those of them that are sums in which every term is 0: no precision avoids them"),
    predictedByLayer: listOf(
      number("", "numbers"),
      "expected exact zeros without forced ones, from the pass in f64, by layer; empty: this initialisation was not predicted",
    ),
    errorByLayer: listOf(number("", "numbers"), "standard error of these, as if pre-activations were independent"),
    samplesByLayer: byLayer("pre-activations of the pass in f64 that lay in the window around 0"),
    reason,
  },
  key: ["network", "widths", "batchNorm", "precision", "order", "trial"],
});

export type LawRow = RowOf<typeof rows>;
