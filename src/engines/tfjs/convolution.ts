/**
 * Convolutions of images [B, H, W, C] with weights [F, kh, kw, C]. Both gradients are convolutions again: WebAssembly has a fast
 * kernel only for the convolution itself; in plain JavaScript this kernel is faster than those for its gradients.
 */
import type { Tensor4D, Tensor as TfTensor } from "@tensorflow/tfjs-core";
import type { Model, Run } from "./model";
import { framed, padded, spread, type Windows } from "./windows";

type Pair = [number, number];

/** Weights as TensorFlow.js has them: [kh, kw, C, F]. */
const INWARDS = [1, 2, 3, 0];

export function forward({ tf }: Model, windows: Windows): Run {
  return ([x, w, bias]) => {
    const weights = tf.transpose(w!, INWARDS) as Tensor4D;
    const sum = tf.conv2d(padded(tf, x!, windows), weights, windows.stride as Pair, "valid");
    return bias ? tf.add(sum, bias) : sum;
  };
}

/**
 * g with zeros between its pixels, so that windows are a pixel apart, convolved with the weights upside down. Turning is slow in
 * WebAssembly: if the weights are larger, g and the result are turned instead.
 */
export function inputGradient({ tf }: Model, { images, kernel, stride, padding }: Windows): Run {
  const offset = kernel.map((n, i) => n - 1 - padding[i]!);
  const size = kernel.map((n, i) => images[i + 1]! + n - 1);
  const turned = <T extends TfTensor>(x: T): T => (kernel.every((n) => n === 1) ? x : tf.reverse(x, [1, 2]));
  return ([g, w]) => {
    const apart = framed(tf, spread(tf, g!, stride), offset, size);
    const inwards = (x: TfTensor) => tf.transpose(x, [1, 2, 0, 3]) as Tensor4D; // [kh, kw, F, C]
    return w!.size < apart.size
      ? tf.conv2d(apart, inwards(turned(w!)), 1, "valid")
      : turned(tf.conv2d(turned(apart), inwards(w!), 1, "valid"));
  };
}

/** The images convolved with g, with batch and channels exchanged: channels [C, H, W, B] with windows [H', W', B, F]. */
export function weightGradient({ tf }: Model, windows: Windows): Run {
  const { kernel, stride, grid } = windows;
  const size = kernel.map((n, i) => (grid[i]! - 1) * stride[i]! + n);
  return ([x, g]) => {
    const seen = framed(tf, padded(tf, x!, windows), [0, 0], size);
    const channels = tf.transpose(seen, [3, 1, 2, 0]) as Tensor4D;
    const weights = tf.transpose(g!, [1, 2, 0, 3]) as Tensor4D;
    const sum: TfTensor = tf.conv2d(channels, weights, 1, "valid", "NHWC", stride as Pair); // [C, kh, kw, F]
    return tf.transpose(sum, [3, 1, 2, 0]);
  };
}
