import { apply, type Value } from "../ir";
import { F64 } from "./cases";
import { channelCases, type Epsilon, moments, requireChannels, requireEpsilon, statistical } from "./normalization";
import type { Op } from "./op";
import { replicateChannels } from "./replicas";

/**
 * y = (x − μ) / √(σ² + ε) · γ + β, with the mean μ and the biased variance σ² of each channel over the batch
 * (Ioffe and Szegedy 2015, algorithm 1). One node, one rounding, statistics in the accumulator's precision, as in a GPU's
 * kernel for half precision.
 */
export const batchNormOp: Op<Epsilon> = {
  name: "batchNorm",
  summary: "(x − μ) / √(σ² + ε) · γ + β with each channel's mean and biased variance over the batch",
  rounds: true,
  agreement: statistical,
  infer(inputs, { epsilon }) {
    requireChannels("batchNorm", inputs, 1, 2);
    requireEpsilon("batchNorm", epsilon);
    return inputs[0]!;
  },
  evaluate([x, scale, shift], { epsilon }, out) {
    const { mean, variance } = moments(x!);
    for (let i = 0; i < out.length; i++) {
      const c = i % mean.length;
      out[i] = ((x!.data[i]! - mean[c]!) / Math.sqrt(variance[c]! + epsilon)) * scale!.data[c]! + shift!.data[c]!;
    }
  },
  vjp: ({ g, inputs: [x, scale], attributes: { epsilon }, ops }) => [
    ops.batchNormInputGradient(x!, g, scale!, epsilon),
    ops.batchNormScaleGradient(x!, g, epsilon),
    ops.reduceSum(
      g,
      g.shape.slice(0, -1).map((_, axis) => axis),
    ),
  ],
  replicate: replicateChannels,
  cases: (f) => channelCases(f, 1, 2),
  gradientCases: () => channelCases(F64, 1, 2),
};

/** Batch normalisation with the statistics of the batch: x [..., C], scale γ [C], shift β [C]; channels last. */
export const batchNorm = (x: Value, scale: Value, shift: Value, epsilon = 1e-5): Value =>
  apply(batchNormOp, [x, scale, shift], { epsilon });
