import { apply, tensor, type Value } from "../ir";
import { NONE, random, special } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Op } from "./op";

const source = "PyTorch takes 0 at both (hardtanh_backward)";

export const relu6Op: Op = {
  name: "relu6",
  summary: "min(max(x, 0), 6), elementwise; −0 and NaN are passed on",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer: (inputs) => inferElementwise("relu6", inputs, 1),
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (v) => (v < 0 ? 0 : v > 6 ? 6 : v)),
  pieces: () => ({
    kinks: [
      { name: "zero", at: 0, default: 0, source },
      { name: "six", at: 6, default: 0, source },
    ],
    slopes: [0, 1, 0],
  }),
  cases: (f) => [
    { name: "special values", inputs: [special(f)], attributes: NONE },
    { name: "ordinary", inputs: [random(f, [7, 9], 0, 5)], attributes: NONE },
  ],
  gradientCases: () => [{ name: "kinks", inputs: [tensor("f64", [-2, -0, 0, 0.3, 5.5, 6, 7])], attributes: NONE }],
};

/** min(max(x, 0), 6), elementwise; kinks `zero` and `six` (default slope 0 at both). */
export const relu6 = (x: Value): Value => apply(relu6Op, [x], {});
