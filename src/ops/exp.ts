import { apply, type Value } from "../ir";
import { unary } from "./families";
import type { Op } from "./op";

export const expOp: Op = {
  ...unary("exp", "eˣ", Math.exp, { agreement: { kind: "approximate", ulps: 2, absolute: 0 } }),
  // d(eˣ) = eˣ dx
  vjp: ({ g, output, ops }) => [ops.mul(g, output)],
};

/** eˣ, elementwise. */
export const exp = (x: Value): Value => apply(expOp, [x], {});
