import { apply, tensor, type Value } from "../ir";
import { NONE, random, special } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Op } from "./op";

export const logOp: Op = {
  name: "log",
  summary: "ln x, elementwise",
  rounds: true,
  agreement: { kind: "approximate", ulps: 2, absolute: 0 },
  infer: (inputs) => inferElementwise("log", inputs, 1),
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (v) => Math.log(v)),
  // d(ln x) = dx / x
  vjp: ({ g, inputs: [x], ops }) => [ops.div(g, x!)],
  cases: (f) => [
    { name: "special values", inputs: [special(f)], attributes: NONE },
    { name: "ordinary", inputs: [random(f, [7, 9])], attributes: NONE },
  ],
  gradientCases: () => [{ name: "positive numbers", inputs: [tensor("f64", [0.3, 0.9, 1, 2.5])], attributes: NONE }],
};

/** ln x, elementwise. */
export const log = (x: Value): Value => apply(logOp, [x], {});
