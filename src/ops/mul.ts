import { apply, type Value } from "../ir";
import { stretchBack } from "./elementwise";
import { arithmetic } from "./families";
import type { Op } from "./op";

export const mulOp: Op = {
  ...arithmetic("mul", "a · b", (a, b) => a * b),
  // d(a · b) = b · da + a · db
  vjp: ({ g, inputs: [a, b], ops }) => [
    stretchBack(ops, ops.mul(g, b!), a!.shape),
    stretchBack(ops, ops.mul(g, a!), b!.shape),
  ],
};

/** a · b, elementwise; operands share a format and stretch from length 1. */
export const mul = (a: Value, b: Value): Value => apply(mulOp, [a, b], {});
