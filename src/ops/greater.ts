import { apply, type Value } from "../ir";
import { NONE, random, specialPairs } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Op } from "./op";

export const greaterOp: Op = {
  name: "greater",
  summary: "a > b, elementwise, as truth values; −0 equals 0, a comparison with NaN is false",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer: (inputs) => ({ ...inferElementwise("greater", inputs, 2), format: "bool" }),
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (a, b) => (a > b ? 1 : 0)),
  cases: (f) => [
    { name: "special values", inputs: specialPairs(f), attributes: NONE },
    { name: "scalar", inputs: [random(f, [2, 3]), random(f, [], 1)], attributes: NONE },
  ],
};

/** a > b, elementwise, as truth values; a comparison with NaN is false. */
export const greater = (a: Value, b: Value): Value => apply(greaterOp, [a, b], {});
