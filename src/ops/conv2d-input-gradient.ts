import { apply, size, type Type, type Value } from "../ir";
import { fail } from "../util";
import { F64, random } from "./cases";
import {
  type ConvolutionOptions,
  conv2dOp,
  geometries,
  kernelWindow,
  requireConvolution,
  smallGeometries,
} from "./conv2d";
import { requireFloats } from "./elementwise";
import type { Case, Op } from "./op";
import { pair, placesOf, requireImages, type Strides, windowPixels } from "./window";

type InputGradient = Strides & { readonly size: readonly number[] };

export const conv2dInputGradientOp: Op<InputGradient> = {
  name: "conv2dInputGradient",
  summary:
    "the gradient of conv2d with respect to its images, from that of its result [B, H', W', F]; linear in both operands",
  rounds: true,
  agreement: { kind: "sum", terms: ([, w]) => w!.shape[0]! * w!.shape[1]! * w!.shape[2]! },
  products: ([g, w]) => placesOf(g!) * size(w!.shape),
  infer(inputs, attributes) {
    requireFloats("conv2dInputGradient", inputs, 2);
    const [g, w] = inputs as [Type, Type];
    requireImages("conv2dInputGradient", g);
    const { size } = attributes;
    const x: Type = { format: g.format, shape: [g.shape[0]!, size[0]!, size[1]!, w.shape[3]!] };
    requireConvolution("conv2dInputGradient", x, w);
    const { shape } = conv2dOp.infer([x, w], attributes);
    if (shape.join() !== g.shape.join())
      fail("conv2dInputGradient", `gradient must be [${shape.join(",")}] for images of ${size.join(" × ")}`, g.shape);
    return x;
  },
  evaluate([g, w], attributes, out, { accumulate }) {
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
  },
  vjp: ({ g, inputs: [g0, w], attributes, ops }) => [
    ops.conv2d(g, w!, attributes),
    ops.conv2dWeightGradient(g, g0!, { ...attributes, kernel: [w!.shape[1]!, w!.shape[2]!] }),
  ],
  cases: (f) => geometries.map((geometry) => inputGradientCase(f, geometry)),
  gradientCases: () => smallGeometries.map((geometry) => inputGradientCase(F64, geometry)),
};

function inputGradientCase(
  f: Parameters<typeof random>[0],
  { name, images, weights, ...strides }: (typeof geometries)[number],
): Case<InputGradient> {
  const { shape } = conv2dOp.infer(
    [images, weights].map((shape) => ({ format: "f64", shape })),
    strides,
  );
  return {
    name,
    inputs: [random(f, shape, "g"), random(f, weights, "w")],
    attributes: { ...strides, size: [images[1]!, images[2]!] },
  };
}

/** The gradient of conv2d with respect to its images [B, size, C], from g [B, H', W', F] and w [F, kh, kw, C]. */
export function conv2dInputGradient(
  g: Value,
  w: Value,
  { stride = 1, padding = 0, size }: ConvolutionOptions & { readonly size: readonly number[] },
): Value {
  return apply(conv2dInputGradientOp, [g, w], { stride: pair(stride), padding: pair(padding), size });
}
