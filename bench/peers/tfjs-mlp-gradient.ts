/** TensorFlow.js by hand, in float32, its only format: loss and gradients as a program that is written for speed has them. */
import * as tf from "@tensorflow/tfjs";
import { BATCH, NETWORK, type Problem, readBatch, WIDTHS } from "../problem";

type Gradient = { loss: tf.Scalar; gradients: tf.Tensor[] };

/** How it is written: with the derivative that TensorFlow.js works out, or with the formulas of backpropagation. */
const WAYS = { valueAndGrads: automatic, backpropagation: manual } as const;

export type Way = keyof typeof WAYS;

/** For the backend that is the current one: one gradient, and what came out. */
export function handWritten(
  problem: Problem,
  way: Way,
): {
  readonly step: () => Promise<void>;
  readonly result: () => { readonly loss: number; readonly norm: number };
} {
  const batch = readBatch(problem);
  const x = tf.tensor2d(batch.x, [BATCH, NETWORK.inputs]);
  const labels = tf.oneHot(tf.tensor1d(batch.labels, "int32"), NETWORK.classes).toFloat() as tf.Tensor2D;
  const parameters = WIDTHS.slice(1).flatMap((width, i) => [
    // its own layout, [inputs, outputs]: WebAssembly's fast product takes no transposed operand
    tf.tensor2d(batch.parameters[2 * i]!, [width, WIDTHS[i]!]).transpose(),
    tf.tensor1d(batch.parameters[2 * i + 1]!),
  ]);
  const gradient = () => tf.tidy(() => WAYS[way](x, labels, parameters));
  return {
    // reading a number back waits until it is computed
    async step() {
      const { loss, gradients } = gradient();
      await loss.data();
      tf.dispose([loss, ...gradients]);
    },
    result() {
      const { loss, gradients } = gradient();
      const squares = gradients.map((g) => g.square().sum().dataSync()[0]!);
      return { loss: loss.dataSync()[0]!, norm: Math.sqrt(squares.reduce((sum, s) => sum + s, 0)) };
    },
  };
}

function automatic(x: tf.Tensor2D, labels: tf.Tensor2D, parameters: readonly tf.Tensor[]): Gradient {
  const loss = (...p: tf.Tensor[]) => {
    const logits = forward(x, p).at(-1)!;
    return tf.logSoftmax(logits).mul(labels).sum(1).mean().neg() as tf.Scalar;
  };
  const { value, grads } = tf.valueAndGrads(loss)([...parameters]);
  return { loss: value as tf.Scalar, gradients: grads };
}

/** dz = (softmax(z) − y)/B;  dW = hᵀ·dz,  db = Σ dz,  dh = dz·Wᵀ,  and dz = dh where z > 0 */
function manual(x: tf.Tensor2D, labels: tf.Tensor2D, parameters: readonly tf.Tensor[]): Gradient {
  const z = forward(x, parameters);
  const logProbabilities = tf.logSoftmax(z.at(-1)!);
  const gradients: tf.Tensor[] = [];
  let dz = tf.exp(logProbabilities).sub(labels).div(BATCH) as tf.Tensor2D;
  for (let i = z.length - 1; i >= 0; i--) {
    const h = i === 0 ? x : (z[i - 1]!.relu() as tf.Tensor2D);
    gradients.unshift(tf.matMul(tf.transpose(h), dz), dz.sum(0));
    if (i === 0) break;
    const dh = tf.matMul(dz, tf.transpose(parameters[2 * i] as tf.Tensor2D));
    dz = dh.mul(tf.step(z[i - 1]!)) as tf.Tensor2D;
  }
  return { loss: logProbabilities.mul(labels).sum(1).mean().neg() as tf.Scalar, gradients };
}

/** x·W + b, layer by layer with ReLU between: all pre-activations. */
function forward(x: tf.Tensor2D, parameters: readonly tf.Tensor[]): tf.Tensor2D[] {
  const z: tf.Tensor2D[] = [];
  for (let i = 0; i < parameters.length; i += 2) {
    const h = i === 0 ? x : z.at(-1)!.relu();
    z.push(tf.matMul(h as tf.Tensor2D, parameters[i] as tf.Tensor2D).add(parameters[i + 1]!) as tf.Tensor2D);
  }
  return z;
}
