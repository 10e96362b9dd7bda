import { apply, tensor, type Value } from "../ir";
import { NONE, random, special } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Op } from "./op";

export const sqrtOp: Op = {
  name: "sqrt",
  summary: "√x, elementwise",
  rounds: true,
  agreement: { kind: "bitwise" },
  infer: (inputs) => inferElementwise("sqrt", inputs, 1),
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (v) => Math.sqrt(v)),
  // d(√x) = dx / (2 √x)
  vjp: ({ g, output, ops }) => [ops.div(g, ops.add(output, output))],
  cases: (f) => [
    { name: "special values", inputs: [special(f)], attributes: NONE },
    { name: "ordinary", inputs: [random(f, [7, 9])], attributes: NONE },
  ],
  gradientCases: () => [{ name: "positive numbers", inputs: [tensor("f64", [0.3, 0.9, 1, 2.5])], attributes: NONE }],
};

/** √x, elementwise. */
export const sqrt = (x: Value): Value => apply(sqrtOp, [x], {});
