import { apply, type Value } from "../ir";
import { stretchBack } from "./elementwise";
import { arithmetic } from "./families";
import type { Op } from "./op";

export const subOp: Op = {
  ...arithmetic("sub", "a − b", (a, b) => a - b),
  // d(a − b) = da − db
  vjp: ({ g, inputs: [a, b], ops }) => [stretchBack(ops, g, a!.shape), stretchBack(ops, ops.neg(g), b!.shape)],
};

/** a − b, elementwise; operands share a format and stretch from length 1. */
export const sub = (a: Value, b: Value): Value => apply(subOp, [a, b], {});
