/** The max-pools of a graph, and their ties. */
import { constant, topologicalOrder, type Value } from "../../ir";
import { type AttributesOf, ops } from "../../ops";

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

const [ZERO, ONE] = [constant("f32", 0), constant("f32", 1)];

/** The windows with several maxima, and those of them whose maximum is 0, as scalars in f32: sums of ones are exact below 2^24. */
export function tieCountsOf({ operand, maxima, window }: MaxPool): {
  readonly tied: Value;
  readonly tiedAtZero: Value;
} {
  const tied = ops.select(ops.maxPoolTies(operand, maxima, window), ONE, ZERO);
  const atZero = ops.select(ops.equal(maxima, constant(maxima.format, 0)), tied, ZERO);
  return { tied: ops.reduceSum(tied), tiedAtZero: ops.reduceSum(atZero) };
}
