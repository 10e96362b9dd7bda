/** Sums over the rows of a matrix [N, C], and batch normalisation, which is made of them. */
import type { Tensor2D, Tensor as TfTensor } from "@tensorflow/tfjs-core";
import type { Shape } from "../../ir";
import type { Model, Run } from "./model";

/** The rows of a value [..., C] that its channels are summed over. */
export class Channels {
  private readonly ones: TfTensor;
  private readonly rows: TfTensor;

  constructor(
    private readonly model: Model,
    private readonly shape: Shape,
  ) {
    const rows = shape.slice(0, -1).reduce((product, n) => product * n, 1);
    this.ones = model.ones([1, rows]);
    this.rows = model.number(rows);
  }

  /** [N, C] */
  matrix = (x: TfTensor): Tensor2D => this.model.tf.reshape(x, [-1, this.shape.at(-1)!]);
  restored = (x: TfTensor): TfTensor => this.model.tf.reshape(x, [...this.shape]);

  /** Σ over all axes but the last, [C]: a product with ones, ten times as fast as a sum over rows. */
  sum = (x: TfTensor): TfTensor =>
    this.model.tf.reshape(this.model.tf.matMul(this.ones, this.matrix(x)), [this.shape.at(-1)!]);

  mean = (x: TfTensor): TfTensor => this.model.tf.div(this.sum(x), this.rows);

  /** x − μ, [N, C] */
  centred = (x: TfTensor): TfTensor => this.model.tf.sub(this.matrix(x), this.mean(x));

  variance(x: TfTensor): TfTensor {
    const d = this.centred(x);
    return this.mean(this.model.tf.mul(d, d));
  }
}

/** 1 / √(v + ε) */
const inverse = ({ tf, number }: Model, v: TfTensor, epsilon: number): TfTensor =>
  tf.div(number(1), tf.sqrt(tf.add(v, number(epsilon))));

export function batchNorm(model: Model, epsilon: number, channels: Channels): Run {
  const { tf } = model;
  return ([x, scale, shift]) => {
    const factor = tf.mul(scale!, inverse(model, channels.variance(x!), epsilon));
    return channels.restored(tf.add(tf.mul(channels.centred(x!), factor), shift!));
  };
}

export function normalize(model: Model, epsilon: number, channels: Channels): Run {
  const { tf } = model;
  return ([x, mean, v, scale, shift]) => {
    const factor = tf.mul(scale!, inverse(model, v!, epsilon));
    return channels.restored(tf.add(tf.mul(tf.sub(channels.matrix(x!), mean!), factor), shift!));
  };
}

/** r · Σ g (x − μ) */
export function scaleGradient(model: Model, epsilon: number, channels: Channels): Run {
  const { tf } = model;
  return ([x, g]) =>
    tf.mul(
      channels.sum(tf.mul(channels.matrix(g!), channels.centred(x!))),
      inverse(model, channels.variance(x!), epsilon),
    );
}

/** γ r · (g − mean(g) − (x − μ) · r² · mean(g (x − μ))) */
export function inputGradient(model: Model, epsilon: number, channels: Channels): Run {
  const { tf } = model;
  return ([x, g, scale]) => {
    const incoming = channels.matrix(g!);
    const centred = channels.centred(x!);
    const r = inverse(model, channels.mean(tf.mul(centred, centred)), epsilon);
    const slope = tf.mul(channels.mean(tf.mul(incoming, centred)), tf.mul(r, r));
    const rest = tf.sub(tf.sub(incoming, tf.mul(centred, slope)), channels.mean(g!));
    return channels.restored(tf.mul(rest, tf.mul(scale!, r)));
  };
}
