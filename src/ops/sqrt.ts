import { apply, type Value } from "../ir";
import { positive, unary } from "./families";
import type { Op } from "./op";

export const sqrtOp: Op = {
  ...unary("sqrt", "√x", Math.sqrt, { at: positive }),
  // d(√x) = dx / (2 √x)
  vjp: ({ g, output, ops }) => [ops.div(g, ops.add(output, output))],
};

/** √x, elementwise. */
export const sqrt = (x: Value): Value => apply(sqrtOp, [x], {});
