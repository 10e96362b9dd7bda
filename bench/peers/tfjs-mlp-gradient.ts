/** TensorFlow.js by hand: loss and gradients in float32, its only format, as its own `valueAndGrads` gives them. */
import * as tf from "@tensorflow/tfjs";
import { BATCH, NETWORK, type Problem, readBatch, WIDTHS } from "../problem";

/** For the backend that is the current one: one gradient, and what came out. */
export function handWritten(problem: Problem): {
  readonly step: () => Promise<void>;
  readonly result: () => { readonly loss: number; readonly norm: number };
} {
  const batch = readBatch(problem);
  const x = tf.tensor2d(batch.x, [BATCH, NETWORK.inputs]);
  const labels = tf.oneHot(tf.tensor1d(batch.labels, "int32"), NETWORK.classes).toFloat();
  const parameters = WIDTHS.slice(1).flatMap((width, i) => [
    // its own layout, [inputs, outputs]: WebAssembly's fast product takes no transposed operand
    tf.tensor2d(batch.parameters[2 * i]!, [width, WIDTHS[i]!]).transpose(),
    tf.tensor1d(batch.parameters[2 * i + 1]!),
  ]);
  const valueAndGradients = tf.valueAndGrads((...p: tf.Tensor[]) => loss(x, labels, p));
  return {
    // reading a number back waits until it is computed
    async step() {
      const { value, grads } = valueAndGradients(parameters);
      await value.data();
      tf.dispose([value, ...grads]);
    },
    result() {
      const { value, grads } = valueAndGradients(parameters);
      const squares = grads.map((g) => g.square().sum().dataSync()[0]!);
      return { loss: value.dataSync()[0]!, norm: Math.sqrt(squares.reduce((sum, s) => sum + s, 0)) };
    },
  };
}

/** Mean softmax cross-entropy of x·W + b, layer by layer with ReLU between. */
function loss(x: tf.Tensor2D, labels: tf.Tensor, parameters: readonly tf.Tensor[]): tf.Scalar {
  let h: tf.Tensor2D = x;
  for (let i = 0; i < parameters.length; i += 2) {
    const z = tf.matMul(h, parameters[i] as tf.Tensor2D).add(parameters[i + 1]!) as tf.Tensor2D;
    h = i + 2 < parameters.length ? z.relu() : z;
  }
  return tf.logSoftmax(h).mul(labels).sum(1).mean().neg() as tf.Scalar;
}
