import { apply, type Value } from "../ir";
import { aroundZero, unary } from "./families";
import type { Op } from "./op";

export const absOp: Op = {
  ...unary("abs", "|x|", Math.abs, { rounds: false, at: aroundZero }),
  compares: true,
  pieces: () => ({
    kinks: [{ name: "zero", at: 0, default: 0, source: "PyTorch takes sign(0) = 0" }],
    slopes: [-1, 1],
  }),
};

/** |x|, elementwise; kink `zero` (default value 0). */
export const abs = (x: Value): Value => apply(absOp, [x], {});
