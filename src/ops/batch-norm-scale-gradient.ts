import { apply, type Value } from "../ir";
import { channelCases, type Epsilon, moments, requireChannels, requireEpsilon, statistical } from "./normalization";
import type { Op } from "./op";
import { replicateChannels } from "./replicas";

/** dγ = Σ g · x̂, x̂ = (x − μ)/√(σ² + ε). */
export const batchNormScaleGradientOp: Op<Epsilon> = {
  name: "batchNormScaleGradient",
  summary: "the gradient of batchNorm with respect to its scale γ: Σ g · x̂ over the batch",
  rounds: true,
  agreement: statistical,
  infer(inputs, { epsilon }) {
    requireChannels("batchNormScaleGradient", inputs, 2, 0);
    requireEpsilon("batchNormScaleGradient", epsilon);
    return { format: inputs[0]!.format, shape: [inputs[0]!.shape.at(-1)!] };
  },
  evaluate([x, g], { epsilon }, out) {
    const { mean, variance } = moments(x!);
    out.fill(0);
    for (let i = 0; i < x!.data.length; i++) {
      const c = i % mean.length;
      out[c]! += (g!.data[i]! * (x!.data[i]! - mean[c]!)) / Math.sqrt(variance[c]! + epsilon);
    }
  },
  replicate: replicateChannels,
  cases: (f) => channelCases(f, 2, 0),
};

/** The gradient of batchNorm with respect to its scale [C], from x and the incoming g [..., C]. */
export const batchNormScaleGradient = (x: Value, g: Value, epsilon: number): Value =>
  apply(batchNormScaleGradientOp, [x, g], { epsilon });
