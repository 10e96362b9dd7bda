import { apply, type Type, type Value } from "../ir";
import { F64, random } from "./cases";
import { requireFloats } from "./elementwise";
import { forWindows, type PoolOptions, poolGeometries, windowOf } from "./max-pool";
import type { Op } from "./op";
import { replicateSamples } from "./replicas";
import { requireImages, type Window, windowGrid } from "./window";

/** Places of a window, including those in the padding. */
export const places = ({ kernel }: Window) => kernel[0]! * kernel[1]!;

export const averagePoolOp: Op<Window> = {
  name: "averagePool",
  summary: "the mean over windows of images [B, H, W, C]; the padding's zeros count",
  rounds: true,
  agreement: { kind: "sum", terms: (_, attributes) => places(attributes) + 1 },
  infer(inputs, attributes) {
    requireFloats("averagePool", inputs, 1);
    const [x] = inputs as [Type];
    requireImages("averagePool", x);
    return { format: x.format, shape: [x.shape[0]!, ...windowGrid("averagePool", x.shape, attributes), x.shape[3]!] };
  },
  evaluate([x], attributes, out, { accumulate }) {
    forWindows(x!, attributes, (i, window) => {
      let sum = 0;
      for (const k of window) if (k >= 0) sum = accumulate(sum + x!.data[k]!);
      out[i] = accumulate(sum / places(attributes));
    });
  },
  vjp: ({ g, inputs: [x], attributes, ops }) => [ops.averagePoolGradient(g, attributes, x!.shape)],
  replicate: replicateSamples,
  cases: (f) =>
    poolGeometries.map(({ name, shape, ...attributes }) => ({ name, inputs: [random(f, shape)], attributes })),
  gradientCases: () =>
    poolGeometries.map(({ name, shape, ...attributes }) => ({ name, inputs: [random(F64, shape)], attributes })),
};

/** The mean over windows of images [B, H, W, C]; zeros of the padding count, as in PyTorch's default. */
export const averagePool = (x: Value, options: PoolOptions): Value => apply(averagePoolOp, [x], windowOf(options));
