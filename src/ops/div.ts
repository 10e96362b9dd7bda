import { apply, type Value } from "../ir";
import { stretchBack } from "./elementwise";
import { arithmetic } from "./families";
import type { Op } from "./op";

export const divOp: Op = {
  ...arithmetic("div", "a / b", (a, b) => a / b),
  // d(a / b) = da / b − (a / b) / b · db
  vjp: ({ g, inputs: [a, b], output, ops }) => [
    stretchBack(ops, ops.div(g, b!), a!.shape),
    stretchBack(ops, ops.neg(ops.mul(g, ops.div(output, b!))), b!.shape),
  ],
};

/** a / b, elementwise; operands share a format and stretch from length 1. */
export const div = (a: Value, b: Value): Value => apply(divOp, [a, b], {});
