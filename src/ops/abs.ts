import { apply, tensor, type Value } from "../ir";
import { NONE, random, special } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Op } from "./op";

export const absOp: Op = {
  name: "abs",
  summary: "|x|, elementwise",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer: (inputs) => inferElementwise("abs", inputs, 1),
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (v) => Math.abs(v)),
  pieces: () => ({
    kinks: [{ name: "zero", at: 0, default: 0, source: "PyTorch takes sign(0) = 0" }],
    slopes: [-1, 1],
  }),
  cases: (f) => [
    { name: "special values", inputs: [special(f)], attributes: NONE },
    { name: "ordinary", inputs: [random(f, [7, 9])], attributes: NONE },
  ],
  gradientCases: () => [{ name: "kink", inputs: [tensor("f64", [-2, -0.3, -0, 0, 0.3, 2])], attributes: NONE }],
};

/** |x|, elementwise; kink `zero` (default slope 0). */
export const abs = (x: Value): Value => apply(absOp, [x], {});
