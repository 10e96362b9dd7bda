import { apply, tensor, type Value } from "../ir";
import { unary } from "./families";
import type { Op } from "./op";

const source = "PyTorch takes 0 at both (hardtanh_backward)";
const kinksAndBetween = tensor("f64", [-2, -0, 0, 0.3, 5.5, 6, 7]);

export const relu6Op: Op = {
  ...unary("relu6", "min(max(x, 0), 6), −0 and NaN passed on", (x) => (x < 0 ? 0 : x > 6 ? 6 : x), {
    rounds: false,
    at: kinksAndBetween,
  }),
  compares: true,
  pieces: () => ({
    kinks: [
      { name: "zero", at: 0, default: 0, source },
      { name: "six", at: 6, default: 0, source },
    ],
    slopes: [0, 1, 0],
  }),
};

/** min(max(x, 0), 6), elementwise; kinks `zero` and `six` (default value 0 at both). */
export const relu6 = (x: Value): Value => apply(relu6Op, [x], {});
