import { apply, type Value } from "../ir";
import { F64 } from "./cases";
import { channelCases, type Epsilon, requireChannels, requireEpsilon } from "./normalization";
import type { Op } from "./op";
import { replicateChannels } from "./replicas";

/** y = (x − m) / √(v + ε) · γ + β with given m and v: batch normalisation in evaluation. */
export const normalizeOp: Op<Epsilon> = {
  name: "normalize",
  summary: "(x − m) / √(v + ε) · γ + β with a given mean and variance for each channel",
  rounds: true,
  agreement: { kind: "approximate", ulps: 4, absolute: 32 },
  infer(inputs, { epsilon }) {
    requireChannels("normalize", inputs, 1, 4);
    requireEpsilon("normalize", epsilon);
    return inputs[0]!;
  },
  evaluate([x, mean, variance, scale, shift], { epsilon }, out) {
    for (let i = 0; i < out.length; i++) {
      const c = i % mean!.data.length;
      const standard = (x!.data[i]! - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + epsilon);
      out[i] = standard * scale!.data[c]! + shift!.data[c]!;
    }
  },
  // with r = 1/√(v + ε):  dx = g γ r,  dm = −Σ dx,  dv = −½ r² Σ dx (x − m),  dγ = Σ g (x − m) r,  dβ = Σ g
  vjp({ g, inputs: [x, mean, variance, scale], attributes: { epsilon }, ops }) {
    const axes = g.shape.slice(0, -1).map((_, axis) => axis);
    const number = (value: number) => ops.constant(g.format, value);
    const inverse = ops.div(number(1), ops.sqrt(ops.add(variance!, number(epsilon))));
    const dx = ops.mul(g, ops.mul(scale!, inverse));
    const centred = ops.sub(x!, mean!);
    const projection = ops.reduceSum(ops.mul(dx, centred), axes);
    return [
      dx,
      ops.neg(ops.reduceSum(dx, axes)),
      ops.mul(ops.mul(number(-0.5), ops.mul(inverse, inverse)), projection),
      ops.reduceSum(ops.mul(g, ops.mul(centred, inverse)), axes),
      ops.reduceSum(g, axes),
    ];
  },
  replicate: replicateChannels,
  cases: (f) => channelCases(f, 1, 4),
  gradientCases: () => channelCases(F64, 1, 4),
};

/** (x − mean)/√(variance + ε) · scale + shift: x [..., C] and four vectors [C]. */
export const normalize = (x: Value, mean: Value, variance: Value, scale: Value, shift: Value, epsilon = 1e-5): Value =>
  apply(normalizeOp, [x, mean, variance, scale, shift], { epsilon });
