import { type FormatName, formatOf } from "../formats";
import { apply, tensor, type Value } from "../ir";
import { fail } from "../util";
import { random, special } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Op } from "./op";
import { replicateElements } from "./replicas";

type Leaky = { readonly slope: number };

export const leakyReluOp: Op<Leaky> = {
  name: "leakyRelu",
  summary: "x where x ≥ 0, slope · x below, elementwise; the slope is rounded to the format",
  rounds: true,
  compares: true,
  agreement: { kind: "equal" },
  infer(inputs, { slope }) {
    if (!Number.isFinite(slope)) fail("leakyRelu", "slope below 0 must be finite", slope);
    return inferElementwise("leakyRelu", inputs, 1);
  },
  evaluate(inputs, { slope }, out, { type }) {
    const below = formatOf(type.format as FormatName).round(slope);
    mapElements(inputs, out, type.shape, (v) => (v < 0 ? below * v : v));
  },
  pieces: ({ slope }) => ({
    kinks: [{ name: "zero", at: 0, default: slope, source: "PyTorch takes the slope from below" }],
    slopes: [slope, 1],
  }),
  replicate: replicateElements,
  cases: (f) => [
    { name: "special values", inputs: [special(f)], attributes: { slope: 0.125 } },
    { name: "slope that no format can represent", inputs: [random(f, [7, 9])], attributes: { slope: 0.01 } },
  ],
  gradientCases: () => [{ name: "kink", inputs: [tensor("f64", [-2, -0, 0, 0.3])], attributes: { slope: 0.01 } }],
};

/** x where x ≥ 0, slope · x below (default 0.01), elementwise; kink `zero` (default value: the slope from below). */
export const leakyRelu = (x: Value, slope = 0.01): Value => apply(leakyReluOp, [x], { slope });
