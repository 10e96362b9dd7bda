import { apply, size, type Tensor, type Type, type Value } from "../ir";
import { F64, type Named, random } from "./cases";
import { AXES, type ConvolutionOptions, conv2dOp, convolutionProducts, requireGradient, requireResult } from "./conv2d";
import { convolutionCases, type Geometry, type Stacks, smallConvolutionCases } from "./convolution-cases";
import { requireFloats } from "./elementwise";
import type { Case, Evaluation, Op } from "./op";
import { eachType, evaluateEach, replicateStack, requireStackable, stackOf, sumOverStack } from "./stacks";
import { pair, type Window, windowPixels } from "./window";

export const conv2dWeightGradientOp: Op<Window> = {
  name: "conv2dWeightGradient",
  summary:
    "the gradient of conv2d with respect to its weights, from its images and the gradient of its result; linear in both operands",
  rounds: true,
  agreement: { kind: "sum", terms: ([, g]) => size(g!.shape.slice(-AXES, -1)) },
  products: ([, g], _, w) => convolutionProducts(g!, w, w),
  infer(inputs, attributes) {
    requireFloats("conv2dWeightGradient", inputs, 2);
    const [x, g] = inputs as [Type, Type];
    requireStackable("conv2dWeightGradient", "images", x, ["B", "H", "W", "C"]);
    requireGradient("conv2dWeightGradient", g);
    const stack = stackOf("conv2dWeightGradient", [x, g], AXES);
    const w: Type = { format: x.format, shape: [g.shape.at(-1)!, ...attributes.kernel, x.shape.at(-1)!] };
    requireResult("conv2dWeightGradient", g, conv2dOp.infer([eachType(x, AXES), w], attributes));
    return { format: w.format, shape: [...stack, ...w.shape] };
  },
  evaluate: evaluateEach([AXES, AXES], collect),
  vjp: ({ g, inputs: [x, g0], attributes, ops }) => [
    sumOverStack(ops, ops.conv2dInputGradient(g0!, g, { ...attributes, size: x!.shape.slice(-3, -1) }), x!),
    sumOverStack(ops, ops.conv2d(x!, g, attributes), g0!),
  ],
  replicate: (context) => replicateStack(context, AXES),
  cases: (f) => convolutionCases(weightGradientCase(f)),
  gradientCases: () => smallConvolutionCases(weightGradientCase(F64)),
};

function collect([x, g]: readonly Tensor[], attributes: Window, out: Float64Array, { accumulate }: Evaluation): void {
  const [batch, height, width, channels] = x!.shape as [number, number, number, number];
  const features = g!.shape[3]!;
  const pixels = windowPixels([height, width], attributes);
  out.fill(0);
  for (let b = 0; b < batch; b++) {
    for (const [window, places] of pixels.entries()) {
      for (const [place, pixel] of places.entries()) {
        if (pixel < 0) continue;
        const from = (b * height * width + pixel) * channels;
        for (let f = 0; f < features; f++) {
          const incoming = g!.data[(b * pixels.length + window) * features + f]!;
          const to = (f * places.length + place) * channels;
          for (let c = 0; c < channels; c++) out[to + c] = accumulate(out[to + c]! + incoming * x!.data[from + c]!);
        }
      }
    }
  }
}

const weightGradientCase =
  (f: Named) =>
  ({ name, images, weights, result, strides }: Geometry, [xs, gs]: Stacks): Case<Window> => ({
    name,
    inputs: [random(f, [...xs, ...images], "x"), random(f, [...gs, ...result], "g")],
    attributes: { ...strides, kernel: weights.slice(1, 3) },
  });

/** The gradient of conv2d with respect to its weights [F, kernel, C], from x [B, H, W, C] and g [B, H', W', F], or stacks of these. */
export function conv2dWeightGradient(
  x: Value,
  g: Value,
  { stride = 1, padding = 0, kernel }: ConvolutionOptions & { readonly kernel: readonly number[] },
): Value {
  return apply(conv2dWeightGradientOp, [x, g], { stride: pair(stride), padding: pair(padding), kernel });
}
