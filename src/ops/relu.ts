import { apply, type Value } from "../ir";
import { aroundZero, unary } from "./families";
import type { Op } from "./op";

export const reluOp: Op = {
  ...unary("relu", "max(x, 0), −0 and NaN passed on", (x) => (x < 0 ? 0 : x), { rounds: false, at: aroundZero }),
  compares: true,
  pieces: () => ({
    kinks: [{ name: "zero", at: 0, default: 0, source: "PyTorch, TensorFlow and JAX take 0" }],
    slopes: [0, 1],
  }),
};

/** max(x, 0), elementwise; kink `zero` (default value 0). −0 and NaN are passed on. */
export const relu = (x: Value): Value => apply(reluOp, [x], {});
