import { apply, type Value } from "../ir";
import { F64, random } from "./cases";
import { moments, requireChannels, statistical } from "./normalization";
import type { Op } from "./op";
import { replicateChannels } from "./replicas";

export const batchVarianceOp: Op = {
  name: "batchVariance",
  summary: "the biased variance of each channel over all axes but the last",
  rounds: true,
  agreement: statistical,
  infer(inputs) {
    requireChannels("batchVariance", inputs, 1, 0);
    return { format: inputs[0]!.format, shape: [inputs[0]!.shape.at(-1)!] };
  },
  evaluate: ([x], _, out) => out.set(moments(x!).variance),
  // dσ²/dx = 2 (x − μ) / n
  vjp({ g, inputs: [x], ops }) {
    const axes = x!.shape.slice(0, -1).map((_, axis) => axis);
    const n = x!.shape.slice(0, -1).reduce((product, length) => product * length, 1);
    const share = ops.div(ops.mul(g, ops.constant(g.format, 2)), ops.constant(g.format, n));
    return [ops.mul(ops.sub(x!, ops.reduceMean(x!, axes)), share)];
  },
  replicate: replicateChannels,
  cases: (f) => [
    { name: "images", inputs: [random(f, [3, 4, 5, 6])], attributes: {} },
    { name: "matrix", inputs: [random(f, [16, 7])], attributes: {} },
  ],
  gradientCases: () => [{ name: "images", inputs: [random(F64, [2, 3, 2, 3])], attributes: {} }],
};

/** The biased variance of each channel of x [..., C], as [C]; the batch's mean is `reduceMean`. */
export const batchVariance = (x: Value): Value => apply(batchVarianceOp, [x], {});
