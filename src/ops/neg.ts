import { apply, type Value } from "../ir";
import { unary } from "./families";
import type { Op } from "./op";

export const negOp: Op = {
  ...unary("neg", "−x", (x) => -x, { rounds: false }),
  // d(−x) = −dx
  vjp: ({ g, ops }) => [ops.neg(g)],
};

/** −x, elementwise. */
export const neg = (x: Value): Value => apply(negOp, [x], {});
