/** The max-pools of a graph. */
import { topologicalOrder, type Value } from "../../ir";
import type { AttributesOf } from "../../ops";

/** A max-pool: its operand [B, H, W, C], its result, its windows. */
export interface MaxPool {
  readonly operand: Value;
  readonly maxima: Value;
  readonly window: AttributesOf<"maxPool">;
}

/** Those below some values in the order of the forward pass; one of those that share an operand, as the parts of a mixture do. */
export function maxPoolsOf(roots: readonly Value[]): MaxPool[] {
  const nodes = topologicalOrder(roots).filter(({ op }) => op.name === "maxPool");
  return nodes
    .filter((node, i) => nodes.findIndex((other) => other.inputs[0] === node.inputs[0]) === i)
    .map((node) => ({
      operand: node.inputs[0]!,
      maxima: node,
      window: node.attributes as unknown as AttributesOf<"maxPool">,
    }));
}
