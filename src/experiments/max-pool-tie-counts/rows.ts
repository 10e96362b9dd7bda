/** A row is a max-pool of a freshly drawn network, with all images of the configuration. */
import { integer, number, oneOf, type RowOf, rowSchema, text, truth } from "../../runs";
import { dataset, label, reason, trial, uniformPrecision } from "../common/columns";

export const rows = rowSchema({
  given: {
    dataset,
    label,
    network: text("name of the network"),
    batchNorm: truth("whether the network has batch normalisation"),
    precision: uniformPrecision,
    trial,
    layer: integer("max-pool, from 1 in the order of the forward pass"),
  },
  found: {
    layers: integer("max-pools of the network", "layers"),
    windows: integer("windows on all images", "windows"),
    off: integer("windows in which every element is 0 in 64 bits", "windows"),
    same: integer("windows whose maxima are equal in 64 bits and not 0", "windows"),
    byRounding: number("further ties that rounding makes, as expected from the density of gaps in 64 bits", "windows"),
    tiedAtZero: integer("windows with several maxima that are 0, in this precision", "windows"),
    tiedElsewhere: integer("windows with several maxima that are not 0, in this precision", "windows"),
    outcome: oneOf(["finished", "failed"], "how the pass ended"),
    reason,
  },
  key: ["precision", "trial", "layer"],
});

export type MaxPoolTieCountsRow = RowOf<typeof rows>;
