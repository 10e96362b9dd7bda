import { apply, size, type Tensor, type Type, type Value } from "../ir";
import { F64, type Named, random } from "./cases";
import {
  AXES,
  type ConvolutionOptions,
  conv2dOp,
  convolutionProducts,
  kernelWindow,
  requireConvolution,
  requireGradient,
  requireResult,
} from "./conv2d";
import { convolutionCases, type Geometry, type Stacks, smallConvolutionCases } from "./convolution-cases";
import { requireFloats } from "./elementwise";
import type { Case, Evaluation, Op } from "./op";
import { eachType, evaluateEach, replicateStack, stackOf, sumOverStack } from "./stacks";
import { pair, type Strides, windowPixels } from "./window";

type InputGradient = Strides & { readonly size: readonly number[] };

export const conv2dInputGradientOp: Op<InputGradient> = {
  name: "conv2dInputGradient",
  summary:
    "the gradient of conv2d with respect to its images, from that of its result [B, H', W', F]; linear in both operands",
  rounds: true,
  agreement: { kind: "sum", terms: ([, w]) => size(w!.shape.slice(-AXES, -1)) },
  products: ([g, w], _, x) => convolutionProducts(g!, w!, x),
  infer(inputs, attributes) {
    requireFloats("conv2dInputGradient", inputs, 2);
    const [g, w] = inputs as [Type, Type];
    requireGradient("conv2dInputGradient", g);
    const stack = stackOf("conv2dInputGradient", [g, w], AXES);
    const [rows, columns] = attributes.size as [number, number];
    const x: Type = { format: g.format, shape: [g.shape.at(-AXES)!, rows, columns, w.shape.at(-1)!] };
    requireConvolution("conv2dInputGradient", x, w);
    requireResult(
      "conv2dInputGradient",
      g,
      conv2dOp.infer([x, eachType(w, AXES)], attributes),
      ` for images of ${rows} × ${columns}`,
    );
    return { format: x.format, shape: [...stack, ...x.shape] };
  },
  evaluate: evaluateEach([AXES, AXES], handBack),
  vjp: ({ g, inputs: [g0, w], attributes, ops }) => [
    sumOverStack(ops, ops.conv2d(g, w!, attributes), g0!),
    sumOverStack(ops, ops.conv2dWeightGradient(g, g0!, { ...attributes, kernel: w!.shape.slice(-3, -1) }), w!),
  ],
  replicate: (context) => replicateStack(context, AXES),
  cases: (f) => convolutionCases(inputGradientCase(f)),
  gradientCases: () => smallConvolutionCases(inputGradientCase(F64)),
};

function handBack(
  [g, w]: readonly Tensor[],
  attributes: InputGradient,
  out: Float64Array,
  { accumulate }: Evaluation,
): void {
  const [height, width] = attributes.size as [number, number];
  const [batch, , , features] = g!.shape as [number, number, number, number];
  const channels = w!.shape[3]!;
  const pixels = windowPixels([height, width], kernelWindow(w!.shape, attributes));
  out.fill(0);
  for (let b = 0; b < batch; b++) {
    for (const [window, places] of pixels.entries()) {
      for (const [place, pixel] of places.entries()) {
        if (pixel < 0) continue;
        const to = (b * height * width + pixel) * channels;
        for (let f = 0; f < features; f++) {
          const incoming = g!.data[(b * pixels.length + window) * features + f]!;
          const from = (f * places.length + place) * channels;
          for (let c = 0; c < channels; c++) out[to + c] = accumulate(out[to + c]! + incoming * w!.data[from + c]!);
        }
      }
    }
  }
}

const inputGradientCase =
  (f: Named) =>
  ({ name, images, weights, result, strides }: Geometry, [gs, ws]: Stacks): Case<InputGradient> => ({
    name,
    inputs: [random(f, [...gs, ...result], "g"), random(f, [...ws, ...weights], "w")],
    attributes: { ...strides, size: images.slice(1, 3) },
  });

/** The gradient of conv2d with respect to its images [B, size, C], from g [B, H', W', F] and w [F, kh, kw, C], or stacks of these. */
export function conv2dInputGradient(
  g: Value,
  w: Value,
  { stride = 1, padding = 0, size }: ConvolutionOptions & { readonly size: readonly number[] },
): Value {
  return apply(conv2dInputGradientOp, [g, w], { stride: pair(stride), padding: pair(padding), size });
}
