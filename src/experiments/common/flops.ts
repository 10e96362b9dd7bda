/** Floating-point operations, counted in graphs. */
import type { Graph } from "../../ir";
import { recordOf } from "../../ops";

/**
 * Floating-point operations of a graph's contractions: 2·M·N·K for a product of matrices [M, K] and [K, N], and a
 * convolution and its two gradients count as such products, padding included. Everything else is left out.
 */
export const flops = ({ nodes }: Graph): number =>
  nodes.reduce((sum, node) => {
    const products = recordOf(node.op.name)?.products?.(node.inputs, node.attributes, node) ?? 0;
    return sum + 2 * products;
  }, 0);
