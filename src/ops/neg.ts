import { apply, type Value } from "../ir";
import { F64, NONE, random, special } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Op } from "./op";

export const negOp: Op = {
  name: "neg",
  summary: "−x, elementwise",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer: (inputs) => inferElementwise("neg", inputs, 1),
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (v) => -v),
  vjp: ({ g, ops }) => [ops.neg(g)],
  cases: (f) => [
    { name: "special values", inputs: [special(f)], attributes: NONE },
    { name: "ordinary", inputs: [random(f, [7, 9])], attributes: NONE },
  ],
  gradientCases: () => [{ name: "ordinary", inputs: [random(F64, [6])], attributes: NONE }],
};

/** −x, elementwise. */
export const neg = (x: Value): Value => apply(negOp, [x], {});
