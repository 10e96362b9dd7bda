/** Operations on stacks [R, ...] for which TensorFlow.js has no kernel: one by one. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import type { Run } from "./model";
import type { Tf } from "./package";

/** @param ranks how many axes single operands have */
export const oneByOne =
  (tf: Tf, ranks: readonly number[], run: Run): Run =>
  (operands) => {
    const stacks = operands.map((x, i) => (x.rank > ranks[i]! ? tf.unstack(x) : undefined));
    const stack = stacks.find((own) => own !== undefined);
    if (!stack) return run(operands);
    const own = (r: number) => operands.map((x, i): TfTensor => stacks[i]?.[r] ?? x);
    return tf.stack(stack.map((_, r) => run(own(r))));
  };
