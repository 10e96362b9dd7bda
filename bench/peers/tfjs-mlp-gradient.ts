/** TensorFlow.js in plain JavaScript and WebAssembly: loss and gradients in float32, its only format. */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import type { Answer, Answers } from "../mlp-gradient";
import { BATCH, NETWORK, type Problem, readBatch, WIDTHS } from "../problem";
import { moduleOptions } from "../processes";
import { medianTime } from "../timing";

interface Options extends Problem {
  readonly seconds: number;
}

async function main(options: Options): Promise<void> {
  const answers: Record<string, Answer> = {};
  for (const backend of ["wasm", "cpu"]) {
    await tf.setBackend(backend);
    if (tf.getBackend() !== backend) throw new Error(`TensorFlow.js has no backend ${backend} here`);
    answers[backend] = await measure(options);
  }
  process.stdout.write(`${JSON.stringify(answers satisfies Answers)}\n`);
}

async function measure(options: Options): Promise<Answer> {
  const batch = readBatch(options);
  const x = tf.tensor2d(batch.x, [BATCH, NETWORK.inputs]);
  const labels = tf.oneHot(tf.tensor1d(batch.labels, "int32"), NETWORK.classes).toFloat();
  const parameters = WIDTHS.slice(1).flatMap((width, i) => [
    // its own layout, [inputs, outputs]: WebAssembly's fast product takes no transposed operand
    tf.tensor2d(batch.parameters[2 * i]!, [width, WIDTHS[i]!]).transpose(),
    tf.tensor1d(batch.parameters[2 * i + 1]!),
  ]);
  const valueAndGradients = tf.valueAndGrads((...p: tf.Tensor[]) => loss(x, labels, p));
  // reading a number back waits until it is computed
  const step = async () => {
    const { value, grads } = valueAndGradients(parameters);
    await value.data();
    tf.dispose([value, ...grads]);
  };
  const ms = await medianTime(step, options.seconds);
  const { value, grads } = valueAndGradients(parameters);
  const squares = grads.map((g) => g.square().sum().dataSync()[0]!);
  return { ms, loss: value.dataSync()[0]!, norm: Math.sqrt(squares.reduce((sum, s) => sum + s, 0)) };
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

void main(moduleOptions<Options>());
