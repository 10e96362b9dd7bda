/** Products of matrices, and of stacks of them [R, M, K]. */
import type { Tensor2D, Tensor as TfTensor } from "@tensorflow/tfjs";
import type { AttributesOf } from "../../ops";
import type { Model, Run } from "./model";
import type { Tf } from "./package";

export function matmul({ tf, backend }: Model, { transposeA, transposeB }: AttributesOf<"matmul">): Run {
  const product = (a: TfTensor, b: TfTensor) =>
    backend === "wasm"
      ? plainProduct(tf, transposeA ? transposed(tf, a) : a, transposeB ? transposed(tf, b) : b)
      : tf.matMul(a, b, transposeA, transposeB);
  return ([a, b, bias]) => {
    const sum = product(a!, b!);
    if (!bias) return sum;
    return tf.add(sum, bias.rank === 2 ? tf.expandDims(bias, 1) : bias); // [R, 1, N]
  };
}

const transposed = (tf: Tf, x: TfTensor): TfTensor => tf.transpose(x, x.rank === 3 ? [0, 2, 1] : [1, 0]);

/** WebAssembly is more than ten times as fast for two matrices if neither has to be transposed. */
function plainProduct(tf: Tf, a: TfTensor, b: TfTensor): TfTensor {
  if (a.rank === 2 && b.rank === 2) return tf.matMul(a, b);
  const [as, bs] = [a, b].map((x) => (x.rank === 3 ? tf.unstack(x) : undefined));
  return tf.stack((as ?? bs)!.map((_, i) => tf.matMul((as?.[i] ?? a) as Tensor2D, (bs?.[i] ?? b) as Tensor2D)));
}
