import { apply, type Value } from "../ir";
import { F64, NONE, random, special } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Op } from "./op";

export const expOp: Op = {
  name: "exp",
  summary: "eˣ, elementwise",
  rounds: true,
  agreement: { kind: "approximate", ulps: 2, absolute: 0 },
  infer: (inputs) => inferElementwise("exp", inputs, 1),
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (v) => Math.exp(v)),
  // d(eˣ) = eˣ dx
  vjp: ({ g, output, ops }) => [ops.mul(g, output)],
  cases: (f) => [
    { name: "special values", inputs: [special(f)], attributes: NONE },
    { name: "ordinary", inputs: [random(f, [7, 9])], attributes: NONE },
  ],
  gradientCases: () => [{ name: "ordinary", inputs: [random(F64, [6])], attributes: NONE }],
};

/** eˣ, elementwise. */
export const exp = (x: Value): Value => apply(expOp, [x], {});
