import { apply, type Value } from "../ir";
import { awayFromZero, F64, NONE, random, specialPairs } from "./cases";
import { inferElementwise, mapElements, stretchBack } from "./elementwise";
import type { Op } from "./op";

export const addOp: Op = {
  name: "add",
  summary: "a + b, elementwise; operands stretch from length 1",
  rounds: true,
  agreement: { kind: "bitwise" },
  infer: (inputs) => inferElementwise("add", inputs, 2),
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (a, b) => a + b),
  // d(a + b) = da + db
  vjp: ({ g, inputs: [a, b], ops }) => [stretchBack(ops, g, a!.shape), stretchBack(ops, g, b!.shape)],
  cases: (f) => [
    { name: "special values", inputs: specialPairs(f), attributes: NONE },
    { name: "stretched", inputs: [random(f, [3, 1, 4]), random(f, [5, 1], 1)], attributes: NONE },
    { name: "scalar", inputs: [random(f, [2, 3]), random(f, [], 1)], attributes: NONE },
  ],
  gradientCases: () => [
    { name: "stretched", inputs: [random(F64, [2, 1, 3]), awayFromZero(F64, [4, 1])], attributes: NONE },
    { name: "both operands the same shape", inputs: [random(F64, [5]), awayFromZero(F64, [5])], attributes: NONE },
  ],
};

/** a + b, elementwise; operands share a format and stretch from length 1. */
export const add = (a: Value, b: Value): Value => apply(addOp, [a, b], {});
