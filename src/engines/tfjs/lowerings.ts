/** Each operation in operations of TensorFlow.js (https://js.tensorflow.org/api/latest/), in f32. */
import type { Tensor1D, Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { formats } from "../../formats";
import { normalizeAxes, type Shape, sameShape, type Value } from "../../ir";
import type { AttributesOf, OpName } from "../../ops";
import * as convolutions from "./convolution";
import type { Model, Run } from "./model";
import * as normalization from "./normalization";
import type { Tf } from "./package";
import { pieceGradient } from "./pieces";
import * as pools from "./pooling";
import { matmul } from "./products";
import { oneByOne } from "./stacks";
import type { Windows } from "./windows";

/** The function that computes a value; constants are made here, once. */
type Lowering<A> = (model: Model, attributes: A, value: Value) => Run;

type Operation = (tf: Tf, operands: readonly TfTensor[]) => TfTensor;

const operation =
  (apply: Operation): Lowering<unknown> =>
  ({ tf }) =>
  (operands) =>
    apply(tf, operands);

const shapeOf = (value: Value, i: number): Shape => value.inputs[i]!.shape;

/** The operand repeated to a shape. A product with ones is exact, and far faster than TensorFlow.js's own repetition. */
const stretched = (tf: Tf, x: TfTensor, shape: Shape): TfTensor => {
  if (sameShape(x.shape, shape)) return x;
  return x.dtype === "bool" ? tf.broadcastTo(x, [...shape]) : tf.mul(x, tf.ones([...shape], x.dtype));
};

const reduction =
  (kind: "sum" | "mean"): Lowering<{ readonly axes: readonly number[] }> =>
  (model, { axes }, value) => {
    const { tf } = model;
    const shape = shapeOf(value, 0);
    if (axes.length === 0) return ([x]) => x!;
    const all = normalizeAxes(kind, axes, shape.length);
    const overRows = shape.length > 1 && all.length === shape.length - 1 && !all.includes(shape.length - 1);
    if (overRows) {
      const over = new normalization.Channels(model, shape);
      return ([x]) => over[kind](x!);
    }
    const n = model.number(all.reduce((product, axis) => product * shape[axis]!, 1));
    return kind === "sum" ? ([x]) => tf.sum(x!, all) : ([x]) => tf.div(tf.sum(x!, all), n);
  };

const channels = (model: Model, value: Value) => new normalization.Channels(model, shapeOf(value, 0));

type Strided = Pick<Windows, "stride" | "padding">;

/** The windows of a convolution or a pooling over images: one for each pixel of its result. */
const windows = (images: Shape, result: Shape, kernel: readonly number[], { stride, padding }: Strided): Windows => ({
  images,
  grid: [result[1]!, result[2]!],
  kernel,
  stride,
  padding,
});

const kernelOf = (weights: Shape) => [weights[1]!, weights[2]!];

/** Shapes of images, weights and result; of one of each where they are stacks. */
const convolved = (...shapes: readonly [Shape, Shape, Shape]) =>
  shapes.map((shape) => shape.slice(-4)) as unknown as readonly [Shape, Shape, Shape];

/** min(max(x, low), high); a NaN is passed on. */
const clip =
  (low: number, high: number): Lowering<unknown> =>
  ({ tf, number }) => {
    const [least, most] = [number(low), number(high)];
    return ([x]) => {
      const upTo = tf.where(tf.greater(x!, most), tf.fill(x!.shape, high), x!);
      return tf.where(tf.less(x!, least), tf.fill(x!.shape, low), upTo);
    };
  };

export const lowerings: { readonly [N in OpName]: Lowering<AttributesOf<N>> } = {
  add: operation((tf, [a, b]) => tf.add(a!, b!)),
  sub: operation((tf, [a, b]) => tf.sub(a!, b!)),
  mul: operation((tf, [a, b]) => tf.mul(a!, b!)),
  div: operation((tf, [a, b]) => tf.div(a!, b!)),
  neg: operation((tf, [x]) => tf.neg(x!)),
  exp: operation((tf, [x]) => tf.exp(x!)),
  log: operation((tf, [x]) => tf.log(x!)),
  sqrt: operation((tf, [x]) => tf.sqrt(x!)),
  detach: operation((tf, [x]) => tf.clone(x!)),
  abs: operation((tf, [x]) => tf.abs(x!)),
  // its own relu turns −0 into 0, and its relu6 turns NaN into 0
  relu: ({ tf, number }) => {
    const zero = number(0);
    return ([x]) => tf.where(tf.less(x!, zero), tf.zerosLike(x!), x!);
  },
  relu6: clip(0, 6),
  hardTanh: clip(-1, 1),
  hardSwish: ({ tf, number }) => {
    const [low, high, six] = [number(-3), number(3), number(6)];
    return ([x]) => {
      const within = tf.mul(x!, tf.div(tf.add(x!, high), six));
      const upTo = tf.where(tf.greaterEqual(x!, high), x!, within);
      return tf.where(tf.lessEqual(x!, low), tf.zerosLike(x!), upTo);
    };
  },
  maximum:
    ({ tf }, _, { shape }) =>
    (operands) => {
      const [a, b] = operands.map((x) => stretched(tf, x, shape)) as [TfTensor, TfTensor];
      // only where neither is larger nor both are equal does the sum count: it is a NaN
      const upTo = tf.where(tf.less(a, b), b, tf.add(a, b));
      return tf.where(tf.greaterEqual(a, b), a, upTo);
    },
  leakyRelu: ({ tf, number }, { slope }) => {
    const [zero, below] = [number(0), number(formats.f32.round(slope))];
    return ([x]) => tf.where(tf.less(x!, zero), tf.mul(x!, below), x!);
  },
  pieceGradient,
  equal: operation((tf, [a, b]) => tf.equal(a!, b!)),
  less: operation((tf, [a, b]) => tf.less(a!, b!)),
  greater: operation((tf, [a, b]) => tf.greater(a!, b!)),
  select:
    ({ tf }, _, { shape }) =>
    (operands) => {
      const [condition, a, b] = operands.map((x) => stretched(tf, x, shape));
      return tf.where(condition!, a!, b!);
    },
  oneHot:
    ({ tf }, { classes }) =>
    ([labels]) =>
      tf.cast(tf.oneHot(labels as Tensor1D, classes), "bool"),
  count:
    ({ tf }, { axes }) =>
    ([x]) =>
      tf.sum(tf.cast(x!, "int32"), [...axes]),
  // there is one floating-point format
  cast: operation((_, [x]) => x!),
  reshape:
    ({ tf }, { shape }) =>
    ([x]) =>
      tf.reshape(x!, [...shape]),
  transpose:
    ({ tf }, { permutation }) =>
    ([x]) =>
      tf.transpose(x!, [...permutation]),
  broadcast:
    ({ tf }, { shape }) =>
    ([x]) =>
      stretched(tf, x!, shape),
  take: operation((tf, [x, indices]) => tf.gather(x!, indices as Tensor1D)),
  reduceSum: reduction("sum"),
  reduceMean: reduction("mean"),
  matmul,
  logSoftmax: operation((tf, [x]) => tf.logSoftmax(x!)),
  conv2d: (model, attributes, value) => {
    const [x, w, y] = convolved(shapeOf(value, 0), shapeOf(value, 1), value.shape);
    const run = convolutions.forward(model, windows(x, y, kernelOf(w), attributes));
    return oneByOne(model.tf, [4, 4, 1], run);
  },
  conv2dInputGradient: (model, attributes, value) => {
    const [x, w, g] = convolved(value.shape, shapeOf(value, 1), shapeOf(value, 0));
    const run = convolutions.inputGradient(model, windows(x, g, kernelOf(w), attributes));
    return oneByOne(model.tf, [4, 4], run);
  },
  conv2dWeightGradient: (model, attributes, value) => {
    const [x, w, g] = convolved(shapeOf(value, 0), value.shape, shapeOf(value, 1));
    const run = convolutions.weightGradient(model, windows(x, g, kernelOf(w), attributes));
    return oneByOne(model.tf, [4, 4], run);
  },
  maxPool: (model, attributes, value) =>
    pools.maxPool(model, windows(shapeOf(value, 0), value.shape, attributes.kernel, attributes)),
  maxPoolGradient: (model, attributes, value) =>
    pools.maxPoolGradient(
      model,
      windows(value.shape, shapeOf(value, 1), attributes.kernel, attributes),
      value.inputs[3]!,
    ),
  maxPoolTies: (model, attributes, value) =>
    pools.maxPoolTies(model, windows(shapeOf(value, 0), value.shape, attributes.kernel, attributes)),
  averagePool: (model, attributes, value) =>
    pools.averagePool(model, windows(shapeOf(value, 0), value.shape, attributes.kernel, attributes)),
  averagePoolGradient: (model, attributes, value) =>
    pools.averagePoolGradient(model, windows(value.shape, shapeOf(value, 0), attributes.kernel, attributes)),
  batchNorm: (model, { epsilon }, value) => normalization.batchNorm(model, epsilon, channels(model, value)),
  batchNormInputGradient: (model, { epsilon }, value) =>
    normalization.inputGradient(model, epsilon, channels(model, value)),
  batchNormScaleGradient: (model, { epsilon }, value) =>
    normalization.scaleGradient(model, epsilon, channels(model, value)),
  batchVariance: (model, _, value) => {
    const over = channels(model, value);
    return ([x]) => over.variance(x!);
  },
  normalize: (model, { epsilon }, value) => normalization.normalize(model, epsilon, channels(model, value)),
};
