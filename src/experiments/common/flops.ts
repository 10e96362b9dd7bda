/** Floating-point operations, counted in graphs. */
import { elements, type Graph, type Type, type Value } from "../../ir";
import type { OpName } from "../../ops";

/** Terms in the sums of each contraction, all elements together; each is a multiplication and an addition. */
const terms: Partial<Record<OpName, (node: Value) => number>> = {
  matmul: (node) => elements(node) * node.inputs[0]!.shape[node.attributes.transposeA ? 0 : 1]!,
  // x [B, H, W, C], w [F, kh, kw, C], g [B, H', W', F]: B·H'·W' · F·kh·kw·C
  conv2d: (node) => windows(node) * elements(node.inputs[1]!),
  conv2dInputGradient: ({ inputs: [g, w] }) => windows(g!) * elements(w!),
  conv2dWeightGradient: (node) => windows(node.inputs[1]!) * elements(node),
};

const windows = ({ shape }: Type) => shape[0]! * shape[1]! * shape[2]!;

/**
 * Floating-point operations of a graph's contractions: 2·M·N·K for a product of matrices [M, K] and [K, N], and for a
 * convolution and its two gradients what they are as such products, padding included. All else is left out.
 */
export const flops = (graph: Graph): number =>
  graph.nodes.reduce((sum, node) => sum + 2 * (terms[node.op.name as OpName]?.(node) ?? 0), 0);
