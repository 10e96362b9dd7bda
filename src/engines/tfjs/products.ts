/** Products of matrices, and of stacks of them [R, M, K]. */
import type { Tensor2D, Tensor as TfTensor } from "@tensorflow/tfjs-core";
import type { AttributesOf } from "../../ops";
import type { Model, Run } from "./model";
import type { Tf } from "./package";
import { oneByOne } from "./stacks";

export function matmul({ tf, backend }: Model, { transposeA, transposeB }: AttributesOf<"matmul">): Run {
  // WebAssembly is more than ten times as fast for two matrices if neither has to be transposed
  const plain = oneByOne(tf, [2, 2], ([a, b]) => tf.matMul(a as Tensor2D, b as Tensor2D));
  const product = (a: TfTensor, b: TfTensor) =>
    backend === "wasm"
      ? plain([transposeA ? transposed(tf, a) : a, transposeB ? transposed(tf, b) : b])
      : tf.matMul(a, b, transposeA, transposeB);
  return ([a, b, bias]) => {
    const sum = product(a!, b!);
    if (!bias) return sum;
    return tf.add(sum, bias.rank === 2 ? tf.expandDims(bias, 1) : bias); // [R, 1, N]
  };
}

const transposed = (tf: Tf, x: TfTensor): TfTensor => tf.transpose(x, x.rank === 3 ? [0, 2, 1] : [1, 0]);
