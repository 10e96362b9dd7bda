import { apply, type Value } from "../ir";
import { positive, unary } from "./families";
import type { Op } from "./op";

export const logOp: Op = {
  ...unary("log", "ln x", Math.log, { agreement: { kind: "approximate", ulps: 2, absolute: 0 }, at: positive }),
  // d(ln x) = dx / x
  vjp: ({ g, inputs: [x], ops }) => [ops.div(g, x!)],
};

/** ln x, elementwise. */
export const log = (x: Value): Value => apply(logOp, [x], {});
