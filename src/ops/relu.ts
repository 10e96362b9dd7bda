import { apply, tensor, type Value } from "../ir";
import { NONE, random, special } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Op } from "./op";

export const reluOp: Op = {
  name: "relu",
  summary: "max(x, 0), elementwise; −0 and NaN are passed on",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer: (inputs) => inferElementwise("relu", inputs, 1),
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (v) => (v < 0 ? 0 : v)),
  pieces: () => ({
    kinks: [{ name: "zero", at: 0, default: 0, source: "PyTorch, TensorFlow and JAX take 0" }],
    slopes: [0, 1],
  }),
  cases: (f) => [
    { name: "special values", inputs: [special(f)], attributes: NONE },
    { name: "ordinary", inputs: [random(f, [7, 9])], attributes: NONE },
  ],
  gradientCases: () => [{ name: "kink", inputs: [tensor("f64", [-2, -0.3, -0, 0, 0.3, 2])], attributes: NONE }],
};

/** max(x, 0), elementwise; kink `zero` (default slope 0). −0 and NaN are passed on. */
export const relu = (x: Value): Value => apply(reluOp, [x], {});
