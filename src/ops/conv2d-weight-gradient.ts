import { apply, size, type Type, type Value } from "../ir";
import { fail } from "../util";
import { F64, random } from "./cases";
import { type ConvolutionOptions, conv2dOp, geometries, smallGeometries } from "./conv2d";
import { requireFloats } from "./elementwise";
import type { Case, Op } from "./op";
import { pair, placesOf, requireImages, type Window, windowPixels } from "./window";

export const conv2dWeightGradientOp: Op<Window> = {
  name: "conv2dWeightGradient",
  summary:
    "the gradient of conv2d with respect to its weights, from its images and the gradient of its result; linear in both operands",
  rounds: true,
  agreement: { kind: "sum", terms: ([, g]) => g!.shape[0]! * g!.shape[1]! * g!.shape[2]! },
  products: ([, g], _, w) => placesOf(g!) * size(w.shape),
  infer(inputs, attributes) {
    requireFloats("conv2dWeightGradient", inputs, 2);
    const [x, g] = inputs as [Type, Type];
    requireImages("conv2dWeightGradient", x);
    requireImages("conv2dWeightGradient", g);
    const { kernel } = attributes;
    const w: Type = { format: x.format, shape: [g.shape[3]!, kernel[0]!, kernel[1]!, x.shape[3]!] };
    const { shape } = conv2dOp.infer([x, w], attributes);
    if (shape.join() !== g.shape.join()) fail("conv2dWeightGradient", `gradient must be [${shape.join(",")}]`, g.shape);
    return w;
  },
  evaluate([x, g], attributes, out, { accumulate }) {
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
  },
  vjp: ({ g, inputs: [x, g0], attributes, ops }) => [
    ops.conv2dInputGradient(g0!, g, { ...attributes, size: [x!.shape[1]!, x!.shape[2]!] }),
    ops.conv2d(x!, g, attributes),
  ],
  cases: (f) => geometries.map((geometry) => weightGradientCase(f, geometry)),
  gradientCases: () => smallGeometries.map((geometry) => weightGradientCase(F64, geometry)),
};

function weightGradientCase(
  f: Parameters<typeof random>[0],
  { name, images, weights, ...strides }: (typeof geometries)[number],
): Case<Window> {
  const { shape } = conv2dOp.infer(
    [images, weights].map((shape) => ({ format: "f64", shape })),
    strides,
  );
  return {
    name,
    inputs: [random(f, images, "x"), random(f, shape, "g")],
    attributes: { ...strides, kernel: [weights[1]!, weights[2]!] },
  };
}

/** The gradient of conv2d with respect to its weights [F, kernel, C], from x [B, H, W, C] and g [B, H', W', F]. */
export function conv2dWeightGradient(
  x: Value,
  g: Value,
  { stride = 1, padding = 0, kernel }: ConvolutionOptions & { readonly kernel: readonly number[] },
): Value {
  return apply(conv2dWeightGradientOp, [x, g], { stride: pair(stride), padding: pair(padding), kernel });
}
