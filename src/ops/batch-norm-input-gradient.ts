import { apply, type Value } from "../ir";
import { channelCases, type Epsilon, moments, requireChannels, requireEpsilon, statistical } from "./normalization";
import type { Op } from "./op";
import { replicateChannels } from "./replicas";

/** dx = γ/√(σ² + ε) · (g − mean(g) − x̂ · mean(g · x̂)), x̂ = (x − μ)/√(σ² + ε). */
export const batchNormInputGradientOp: Op<Epsilon> = {
  name: "batchNormInputGradient",
  summary: "the gradient of batchNorm with respect to x, through the batch's statistics too",
  rounds: true,
  agreement: statistical,
  infer(inputs, { epsilon }) {
    requireChannels("batchNormInputGradient", inputs, 2, 1);
    requireEpsilon("batchNormInputGradient", epsilon);
    return inputs[0]!;
  },
  evaluate([x, g, scale], { epsilon }, out) {
    const { mean, variance, n } = moments(x!);
    const channels = mean.length;
    const sum = new Float64Array(channels);
    const projection = new Float64Array(channels);
    const inverse = variance.map((v) => 1 / Math.sqrt(v + epsilon));
    const standard = (i: number) => (x!.data[i]! - mean[i % channels]!) * inverse[i % channels]!;
    for (let i = 0; i < out.length; i++) {
      sum[i % channels]! += g!.data[i]!;
      projection[i % channels]! += g!.data[i]! * standard(i);
    }
    for (let i = 0; i < out.length; i++) {
      const c = i % channels;
      out[i] = scale!.data[c]! * inverse[c]! * (g!.data[i]! - sum[c]! / n - (standard(i) * projection[c]!) / n);
    }
  },
  replicate: replicateChannels,
  cases: (f) => channelCases(f, 2, 1),
};

/** The gradient of batchNorm with respect to x [..., C], from x, the incoming g and the scale γ [C]. */
export const batchNormInputGradient = (x: Value, g: Value, scale: Value, epsilon: number): Value =>
  apply(batchNormInputGradientOp, [x, g, scale], { epsilon });
