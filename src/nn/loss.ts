import { formatType, sameType, type Value } from "../ir";
import { ops } from "../ops";
import { fail } from "../util";

/**
 * Softmax cross-entropy, the mean over the batch of −ln softmax(logits)[label].
 * @param logits [B, classes]
 * @param labels i32[B], in [0, classes); a label out of range contributes 0
 *
 * @example
 * ```ts
 * import { createEngine, crossEntropy, graph, input, tensor } from "nonsmooth";
 *
 * const loss = crossEntropy(input("logits", "f32", [1, 2]), input("labels", "i32", [1]));
 * const program = await createEngine().compile(graph({ loss }));
 * const result = await program.run({ logits: tensor("f32", [0, 0], [1, 2]), labels: tensor("i32", [1]) });
 * console.log(result.loss!.data[0]!.toFixed(4)); // 0.6931
 * ```
 */
export function crossEntropy(logits: Value, labels: Value): Value {
  const [batch, classes] = logits.shape;
  if (logits.shape.length !== 2) fail("crossEntropy", "logits must be [B, classes]", formatType(logits));
  if (labels.shape[0] !== batch) fail("crossEntropy", `labels must be i32[${batch}]`, formatType(labels));
  const zero = ops.constant(logits.format, 0);
  const likelihoods = ops.select(ops.oneHot(labels, classes!), ops.logSoftmax(logits), zero); // [B, classes]
  return ops.neg(ops.reduceMean(ops.reduceSum(likelihoods, [1])));
}

/**
 * The mean of |x − y| over all elements. Its kink is equality, `abs.zero` (default value 0): where x and y have the same number. Targets on a grid
 * that x lies on, too, such as those of quantisation, are hit for that reason alone, in every precision.
 * @param x any shape
 * @param y the same shape and format
 *
 * @example
 * ```ts
 * import { createEngine, graph, input, kinkSites, l1Loss, tensor } from "nonsmooth";
 *
 * const loss = l1Loss(input("x", "f32", [2]), input("y", "f32", [2]));
 * const program = await createEngine().compile(graph({ loss }));
 * const result = await program.run({ x: tensor("f32", [1, 2]), y: tensor("f32", [1, 5]) });
 * console.log(result.loss!.data[0], kinkSites([loss]).map(({ kink }) => kink)); // 1.5 [ 'abs.zero' ]
 * ```
 */
export function l1Loss(x: Value, y: Value): Value {
  if (!sameType(x, y)) fail("l1Loss", `targets must be ${formatType(x)}`, formatType(y));
  return ops.reduceMean(ops.abs(ops.sub(x, y)));
}
