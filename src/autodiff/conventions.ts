/**
 * The values at kinks by name: what a framework takes, read from its source at the version that is named, and the smallest choice.
 *
 * A framework has several spellings of one function, and they differ (`clamp` and `hardtanh` in PyTorch, `relu` and `maximum(x, 0)` in JAX). The
 * one of the function's own name counts. A convention says nothing about a kink that it does not list.
 */

/** A value that depends on the slopes beside the kink: the one below it, the one above it, or the number between them nearest to 0. */
export type Side = "below" | "above" | "nearest to 0";

export interface NamedValue {
  readonly value: number | Side;
  /** Where it can be read, and since when it holds where it changed. */
  readonly source: string;
}

export interface NamedConvention {
  /** What it is, with the version that was read. */
  readonly summary: string;
  /** By the kink's name, "relu.zero". */
  readonly values: Readonly<Record<string, NamedValue>>;
}

const says = (value: number | Side, source: string): NamedValue => ({ value, source });
const file = (repository: string, version: string) => (path: string) =>
  `github.com/${repository}/blob/${version}/${path}`;

const aten = file("pytorch/pytorch", "v1.13.0");
const torchActivation = aten("aten/src/ATen/native/cpu/Activation.cpp");
const torchDerivatives = aten("tools/autograd/derivatives.yaml");

/** The PyTorch script beside the golden numbers measures all of these. */
const torch: NamedConvention = {
  summary: "PyTorch, measured with 1.13 (torch.nn.functional, torch.maximum; torch.clamp takes 1 at its bounds)",
  values: {
    "relu.zero": says(0, `${torchDerivatives}, relu: threshold_backward(grad, result, 0)`),
    "abs.zero": says(0, `${torchDerivatives}, abs: grad * self.sgn()`),
    "relu6.zero": says(0, `${torchActivation}, hardtanh_backward`),
    "relu6.six": says(0, `${torchActivation}, hardtanh_backward`),
    "leakyRelu.zero": says("below", `${torchActivation}, leaky_relu_backward: x > 0 ? g : g * slope`),
    "hardTanh.low": says(0, `${torchActivation}, hardtanh_backward`),
    "hardTanh.high": says(0, `${torchActivation}, hardtanh_backward`),
    "hardSwish.low": says(
      -0.5,
      `${torchActivation}, hardswish_backward; up to 2.6, then github.com/pytorch/pytorch/pull/148049 (2025) proposes 0`,
    ),
    "hardSwish.high": says(
      1.5,
      `${torchActivation}, hardswish_backward; up to 2.6, but 1 in its vectorised loops on the CPU (github.com/pytorch/pytorch/pull/143899); pull/148049 (2025) proposes 1`,
    ),
    "maximum.tie": says(0.5, `${torchDerivatives}, maximum: where(self == other, grad / 2, grad)`),
    "maxPool.tie": says(0, `${aten("aten/src/ATen/native/cpu/MaxPoolKernel.cpp")}: val > maxval`),
  },
};

const jaxNn = file("jax-ml/jax", "jax-v0.11.0")("jax/_src/nn/functions.py");
const jaxLax = file("jax-ml/jax", "jax-v0.11.0")("jax/_src/lax/lax.py");

const jax: NamedConvention = {
  summary: "JAX 0.11.0 (jax.nn, jnp.abs, jnp.maximum, lax.reduce_window)",
  values: {
    "relu.zero": says(0, `${jaxNn}#L107, where jnp.maximum(x, 0) would give 1/2`),
    "abs.zero": says(1, `${jaxLax}#L4770, select(x >= 0, g, -g)`),
    "relu6.zero": says(0, `${jaxNn}#L828; 1/2 before 0.4.6 (2023)`),
    "relu6.six": says(0, `${jaxNn}#L828; 1/2 before 0.4.6 (2023)`),
    "leakyRelu.zero": says("above", `${jaxNn}#L355, where(x >= 0, x, slope * x)`),
    "hardTanh.low": says(1, `${jaxNn}#L377, where(x > 1, 1, where(x < -1, -1, x))`),
    "hardTanh.high": says(1, `${jaxNn}#L377`),
    "hardSwish.low": says(0, `${jaxNn}#L873, x * relu6(x + 3) / 6; -1/4 before 0.4.6`),
    "hardSwish.high": says(1, `${jaxNn}#L873, x * relu6(x + 3) / 6; 5/4 before 0.4.6`),
    "maximum.tie": says(0.5, `${jaxLax}#L5114, _balanced_eq`),
    "maxPool.tie": says(
      0,
      `${file("jax-ml/jax", "jax-v0.11.0")("jax/_src/lax/windowed_reductions.py")}#L580, select-and-scatter with >=`,
    ),
  },
};

const tensorflowRelu = file("tensorflow/tensorflow", "12b1fb47f72f")("tensorflow/core/kernels/relu_op_functor.h");
const tensorflowGrad = file("tensorflow/tensorflow", "00f0938ae85c")("tensorflow/python/ops/math_grad.py");
const keras = file("keras-team/keras", "v3.15.1")("keras/src/backend/tensorflow/nn.py");

const tensorflow: NamedConvention = {
  summary: "TensorFlow 2 (tf.nn, tf.abs, tf.maximum), and Keras 3.15.1 on it for hardTanh and hardSwish",
  values: {
    "relu.zero": says(0, `${tensorflowRelu}, ReluGrad`),
    "abs.zero": says(0, `${tensorflowGrad}, _AbsGrad: grad * sign(x)`),
    "relu6.zero": says(0, `${tensorflowRelu}, Relu6Grad`),
    "relu6.six": says(0, `${tensorflowRelu}, Relu6Grad`),
    "leakyRelu.zero": says("below", `${tensorflowRelu}, LeakyReluGrad`),
    "hardTanh.low": says(1, `${keras}, hard_tanh: clip_by_value, which is maximum(minimum(x, 1), -1)`),
    "hardTanh.high": says(1, `${keras}, hard_tanh: clip_by_value, which is maximum(minimum(x, 1), -1)`),
    "hardSwish.low": says(0, `${keras}, hard_silu: x * relu6(x + 3) / 6`),
    "hardSwish.high": says(1, `${keras}, hard_silu: x * relu6(x + 3) / 6`),
    "maximum.tie": says(1, `${tensorflowGrad}, _MaximumGrad: x >= y`),
    "maxPool.tie": says(
      0,
      "github.com/tensorflow/tensorflow/issues/4886: tf.nn.max_pool, the first of three equal maxima",
    ),
  },
};

const tinygradFunctions = file("tinygrad/tinygrad", "v0.13.0")("tinygrad/mixin/elementwise.py");
const tinygradGradient = file("tinygrad/tinygrad", "v0.13.0")("tinygrad/gradient.py");

const tinygrad: NamedConvention = {
  summary: "tinygrad 0.13.0 (methods of Tensor)",
  values: {
    "relu.zero": says(0, `${tinygradFunctions}#L660, (x > 0).where(x, 0)`),
    "abs.zero": says(0, `${tinygradFunctions}#L895, x * sign(x)`),
    "relu6.zero": says(0, `${tinygradFunctions}#L684, relu(x) - relu(x - 6)`),
    "relu6.six": says(1, `${tinygradFunctions}#L684, relu(x) - relu(x - 6)`),
    "leakyRelu.zero": says("above", `${tinygradFunctions}#L732, (x < 0).where(slope * x, x)`),
    "hardTanh.low": says(1, `${tinygradFunctions}#L574, (x < low).where(low, x)`),
    "hardTanh.high": says(1, `${tinygradFunctions}#L575, (x > high).where(high, x)`),
    "hardSwish.low": says(0, `${tinygradFunctions}#L696, x * relu6(x + 3) * (1/6)`),
    "hardSwish.high": says(1.5, `${tinygradFunctions}#L696, x * relu6(x + 3) * (1/6)`),
    "maximum.tie": says(0.5, `${tinygradGradient}#L61`),
    "maxPool.tie": says(1, `${tinygradGradient}#L10, the gradient over the number of maxima`),
  },
};

const cudnn: NamedConvention = {
  summary: "cuDNN, whose source is closed: what users of it measured",
  values: {
    "relu.zero": says(0, "CUDNN_ACTIVATION_CLIPPED_RELU at 0, cuDNN 7.4.1: github.com/chainer/chainer/issues/5877"),
    "relu6.zero": says(0, "CUDNN_ACTIVATION_CLIPPED_RELU, cuDNN 7.4.1: github.com/chainer/chainer/issues/5877"),
    "relu6.six": says(1, "CUDNN_ACTIVATION_CLIPPED_RELU, cuDNN 7.4.1: github.com/chainer/chainer/issues/5877"),
    "maxPool.tie": says(
      0,
      "one maximum takes it all, not always the same one in overlapping windows: github.com/Theano/Theano/issues/5404; the first: pull/5506",
    ),
  },
};

const smallest = "the element of Clarke's subdifferential with the smallest norm";

const minimalNorm: NamedConvention = {
  summary: "the smallest choice: of Clarke's subdifferential, the element with the smallest norm",
  values: {
    "relu.zero": says("nearest to 0", smallest),
    "abs.zero": says("nearest to 0", smallest),
    "relu6.zero": says("nearest to 0", smallest),
    "relu6.six": says("nearest to 0", smallest),
    "leakyRelu.zero": says("nearest to 0", smallest),
    "hardTanh.low": says("nearest to 0", smallest),
    "hardTanh.high": says("nearest to 0", smallest),
    "hardSwish.low": says("nearest to 0", smallest),
    "hardSwish.high": says("nearest to 0", smallest),
    "maximum.tie": says(0.5, `${smallest}: equal shares`),
    "maxPool.tie": says(1, `${smallest}: equal shares (Boustany 2024)`),
  },
};

/**
 * The conventions that have a name, each with its values and their sources.
 *
 * @example
 * ```ts
 * import { conventions } from "nonsmooth";
 *
 * console.log(Object.keys(conventions).join(" ")); // torch jax tensorflow tinygrad cudnn minimal-norm
 * console.log(conventions.jax.values["abs.zero"]?.value); // 1
 * ```
 */
export const conventions = { torch, jax, tensorflow, tinygrad, cudnn, "minimal-norm": minimalNorm } as const;

export type ConventionName = keyof typeof conventions;

export const conventionNames = Object.keys(conventions) as ConventionName[];

/** The number that a named value stands for, given the slopes below and above the kink. */
export function numberAt(value: number | Side, [below, above]: readonly [number, number]): number {
  if (typeof value === "number") return value;
  if (value === "below") return below;
  if (value === "above") return above;
  return Math.min(Math.max(0, Math.min(below, above)), Math.max(below, above));
}
