import { apply, formatType, type Shape, size, type Type, type Value } from "../ir";
import { fail } from "../util";
import { F64, random } from "./cases";
import { requireFloats } from "./elementwise";
import type { Op } from "./op";
import {
  type Pair,
  type PairLike,
  pair,
  placesOf,
  requireImages,
  type Strides,
  type Window,
  windowGrid,
  windowPixels,
} from "./window";

/** The window of a convolution with weights [F, kh, kw, C]. */
export const kernelWindow = (weights: Shape, { stride, padding }: Strides): Window => ({
  kernel: [weights[1]!, weights[2]!],
  stride,
  padding,
});

/** Throws unless x is [B, H, W, C] and w is [F, kh, kw, C]. */
export function requireConvolution(what: string, x: Type, w: Type): void {
  requireImages(what, x);
  if (w.shape.length !== 4) fail(what, "weights must be [F, kh, kw, C]", formatType(w));
  if (x.shape[3] !== w.shape[3]) fail(what, "channels must agree", `${x.shape[3]} and ${w.shape[3]}`);
}

export const conv2dOp: Op<Strides> = {
  name: "conv2d",
  summary:
    "2-d cross-correlation of images [B, H, W, C] with weights [F, kh, kw, C]; a bias [F] is added before the one rounding",
  rounds: true,
  agreement: { kind: "sum", terms: ([, w], _) => w!.shape[1]! * w!.shape[2]! * w!.shape[3]! + 1 },
  // x [B, H, W, C], w [F, kh, kw, C], y [B, H', W', F]: B·H'·W' · F·kh·kw·C
  products: ([, w], _, y) => placesOf(y) * size(w!.shape),
  infer(inputs, attributes) {
    requireFloats("conv2d", inputs, inputs.length === 3 ? 3 : 2);
    const [x, w, bias] = inputs as [Type, Type, Type?];
    requireConvolution("conv2d", x, w);
    const features = w.shape[0]!;
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== features))
      fail("conv2d", `bias must be [${features}]`, formatType(bias));
    const grid = windowGrid("conv2d", x.shape, kernelWindow(w.shape, attributes));
    return { format: x.format, shape: [x.shape[0]!, ...grid, features] };
  },
  evaluate([x, w, bias], attributes, out, { accumulate }) {
    const [batch, height, width, channels] = x!.shape as [number, number, number, number];
    const features = w!.shape[0]!;
    const pixels = windowPixels([height, width], kernelWindow(w!.shape, attributes));
    let i = 0;
    for (let b = 0; b < batch; b++) {
      for (const window of pixels) {
        for (let f = 0; f < features; f++, i++) {
          let sum = 0;
          for (const [place, pixel] of window.entries()) {
            if (pixel < 0) continue;
            const from = (b * height * width + pixel) * channels;
            const weights = (f * window.length + place) * channels;
            for (let c = 0; c < channels; c++) sum = accumulate(sum + x!.data[from + c]! * w!.data[weights + c]!);
          }
          out[i] = bias ? accumulate(sum + bias.data[f]!) : sum;
        }
      }
    }
  },
  vjp({ g, inputs: [x, w, bias], attributes, ops }) {
    const dx = ops.conv2dInputGradient(g, w!, { ...attributes, size: [x!.shape[1]!, x!.shape[2]!] });
    const dw = ops.conv2dWeightGradient(x!, g, { ...attributes, kernel: [w!.shape[1]!, w!.shape[2]!] });
    return bias ? [dx, dw, ops.reduceSum(g, [0, 1, 2])] : [dx, dw];
  },
  cases: (f) =>
    geometries.map(({ name, images, weights, ...attributes }, i) => ({
      name,
      inputs: [
        random(f, images, "x"),
        random(f, weights, "w"),
        ...(i % 2 === 0 ? [random(f, [weights[0]!], "bias")] : []),
      ],
      attributes,
    })),
  gradientCases: () =>
    smallGeometries.map(({ name, images, weights, ...attributes }) => ({
      name,
      inputs: [random(F64, images, "x"), random(F64, weights, "w"), random(F64, [weights[0]!], "bias")],
      attributes,
    })),
};

export interface ConvolutionOptions {
  /** Step between windows; default 1. */
  readonly stride?: PairLike;
  /** Rows and columns of zeros around the image; default 0. */
  readonly padding?: PairLike;
}

/**
 * Cross-correlation, as deep learning calls a convolution.
 * @param x images [B, H, W, C]
 * @param w weights [F, kh, kw, C]
 * @param options stride, padding, and a bias [F]
 * @returns [B, H', W', F]
 */
export function conv2d(x: Value, w: Value, options: ConvolutionOptions & { readonly bias?: Value } = {}): Value {
  const { bias, stride = 1, padding = 0 } = options;
  return apply(conv2dOp, bias ? [x, w, bias] : [x, w], { stride: pair(stride), padding: pair(padding) });
}

type Geometry = Strides & { readonly name: string; readonly images: Shape; readonly weights: Shape };

const geometry = (name: string, images: Shape, weights: Shape, stride: Pair, padding: Pair): Geometry => ({
  name,
  images,
  weights,
  stride,
  padding,
});

/** One of each kind in networks, and unusual ones: together they cover every way of computing a convolution. */
export const geometries: readonly Geometry[] = [
  geometry("3 × 3, padding 1", [2, 5, 6, 3], [4, 3, 3, 3], [1, 1], [1, 1]),
  geometry("3 × 3, blocks of 16 channels", [2, 8, 8, 32], [16, 3, 3, 32], [1, 1], [1, 1]),
  geometry("3 × 3, blocks of 16 channels, stride 2", [1, 9, 8, 16], [48, 3, 3, 16], [2, 2], [1, 1]),
  geometry("3 × 3, 64 channels on 4 × 4", [2, 4, 4, 64], [64, 3, 3, 64], [1, 1], [1, 1]),
  geometry("1 × 1", [2, 3, 3, 5], [4, 1, 1, 5], [1, 1], [0, 0]),
  geometry("1 × 1, stride 2", [2, 5, 4, 5], [4, 1, 1, 5], [2, 2], [0, 0]),
  geometry("3 × 3 on 2 × 2", [3, 2, 2, 6], [5, 3, 3, 6], [1, 1], [1, 1]),
  geometry("3 × 3 on 1 × 1", [3, 1, 1, 6], [5, 3, 3, 6], [1, 1], [1, 1]),
  geometry("7 × 7, stride 2, padding 3", [1, 12, 11, 3], [4, 7, 7, 3], [2, 2], [3, 3]),
  geometry("5 × 5 without padding", [2, 8, 8, 1], [3, 5, 5, 1], [1, 1], [0, 0]),
  geometry("2 × 3, uneven stride and padding", [2, 7, 6, 2], [3, 2, 3, 2], [3, 2], [0, 1]),
];

export const smallGeometries: readonly Geometry[] = [
  geometry("3 × 3, padding 1", [2, 3, 3, 2], [2, 3, 3, 2], [1, 1], [1, 1]),
  geometry("3 × 2, stride 2", [1, 5, 4, 1], [2, 3, 2, 1], [2, 2], [1, 0]),
];
