import { apply, type Shape, size, type Tensor, type Type, type Value } from "../ir";
import { fail } from "../util";
import { F64, type Named, random } from "./cases";
import { convolutionCases, type Geometry, type Stacks, smallConvolutionCases } from "./convolution-cases";
import { requireFloats } from "./elementwise";
import type { Case, Evaluation, Op } from "./op";
import {
  biasGradient,
  eachType,
  evaluateEach,
  replicateStack,
  requireBias,
  requireStackable,
  stackOf,
  sumOverStack,
} from "./stacks";
import { type PairLike, pair, type Strides, type Window, windowGrid, windowPixels } from "./window";

/** Axes of images and of weights; each may have the axis of a stack in front. */
export const AXES = 4;

/** The window of a convolution with weights [F, kh, kw, C]. */
export const kernelWindow = (weights: Shape, { stride, padding }: Strides): Window => ({
  kernel: weights.slice(-3, -1),
  stride,
  padding,
});

/** Throws unless x is [B, H, W, C] and w is [F, kh, kw, C], or stacks of them. */
export function requireConvolution(what: string, x: Type, w: Type): void {
  requireStackable(what, "images", x, ["B", "H", "W", "C"]);
  requireStackable(what, "weights", w, ["F", "kh", "kw", "C"]);
  const [channels, weights] = [x.shape.at(-1), w.shape.at(-1)];
  if (channels !== weights) fail(what, "channels must agree", `${channels} and ${weights}`);
}

/** Throws unless the gradient of a convolution's result is [B, H', W', F], or a stack of them. */
export const requireGradient = (what: string, g: Type) => requireStackable(what, "gradient", g, ["B", "H'", "W'", "F"]);

/** Throws unless g is of the type that a convolution's result has, or a stack of such. */
export function requireResult(what: string, g: Type, { shape }: Type, circumstance = ""): void {
  const expected = [...g.shape.slice(0, -AXES), ...shape];
  if (expected.join() !== g.shape.join())
    fail(what, `gradient must be [${expected.join(",")}]${circumstance}`, g.shape);
}

/** Multiplications of a convolution, or of one of its gradients: R · B·H'·W' · F·kh·kw·C, from y [B, H', W', F] and w [F, kh, kw, C]. */
export const convolutionProducts = (y: Type, w: Type, result: Type): number =>
  size(result.shape.slice(0, -AXES)) * size(y.shape.slice(-AXES, -1)) * size(w.shape.slice(-AXES));

export const conv2dOp: Op<Strides> = {
  name: "conv2d",
  summary:
    "2-d cross-correlation of images [B, H, W, C] with weights [F, kh, kw, C]; a bias [F] is added before the one rounding; or of stacks [R, ...] of these",
  rounds: true,
  agreement: { kind: "sum", terms: ([, w], _) => size(w!.shape.slice(-3)) + 1 },
  products: ([, w], _, y) => convolutionProducts(y, w!, y),
  infer(inputs, attributes) {
    requireFloats("conv2d", inputs, inputs.length === 3 ? 3 : 2);
    const [x, w, bias] = inputs as [Type, Type, Type?];
    requireConvolution("conv2d", x, w);
    const stack = stackOf("conv2d", [x, w], AXES);
    const [images, features] = [eachType(x, AXES).shape, w.shape.at(-AXES)!];
    if (bias) requireBias("conv2d", bias, features, stack);
    const grid = windowGrid("conv2d", images, kernelWindow(w.shape, attributes));
    return { format: x.format, shape: [...stack, images[0]!, ...grid, features] };
  },
  evaluate: evaluateEach([AXES, AXES, 1], convolve),
  vjp({ g, inputs: [x, w, bias], attributes, ops }) {
    const dx = ops.conv2dInputGradient(g, w!, { ...attributes, size: x!.shape.slice(-3, -1) });
    const dw = ops.conv2dWeightGradient(x!, g, { ...attributes, kernel: w!.shape.slice(-3, -1) });
    const gradients = [sumOverStack(ops, dx, x!), sumOverStack(ops, dw, w!)];
    return bias ? [...gradients, biasGradient(ops, g, bias)] : gradients;
  },
  replicate: (context) => replicateStack(context, AXES),
  cases: (f) => convolutionCases(convolutionCase(f)),
  gradientCases: () => smallConvolutionCases(convolutionCase(F64)),
};

/** Where the features are even in number with a bias, of a stack if the weights are one. */
const convolutionCase =
  (f: Named) =>
  ({ name, images, weights, strides }: Geometry, [xs, ws]: Stacks): Case<Strides> => {
    const biases = weights[0]! % 2 === 0 ? [random(f, [...ws, weights[0]!], "bias")] : [];
    const inputs = [random(f, [...xs, ...images], "x"), random(f, [...ws, ...weights], "w"), ...biases];
    return { name, inputs, attributes: strides };
  };

function convolve(
  [x, w, bias]: readonly Tensor[],
  attributes: Strides,
  out: Float64Array,
  { accumulate }: Evaluation,
): void {
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
}

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
 * @returns [B, H', W', F]; of stacks [R, ...] of images, of weights or of both a stack of results, with a bias [F] or [R, F]
 */
export function conv2d(x: Value, w: Value, options: ConvolutionOptions & { readonly bias?: Value } = {}): Value {
  const { bias, stride = 1, padding = 0 } = options;
  return apply(conv2dOp, bias ? [x, w, bias] : [x, w], { stride: pair(stride), padding: pair(padding) });
}
