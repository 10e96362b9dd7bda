/** Operations on stacks [R, ...] that are computed one by one, so that each has the bits that it has alone. */
import type { Value } from "../../ir";
import type { ModelBuilder } from "./model";

/**
 * The results of a stack's operands, or of the single operands as they are.
 * @param ranks how many axes single operands have
 * @param lower adds the nodes for single operands
 */
export function oneByOne(
  model: ModelBuilder,
  inputs: readonly string[],
  value: Value,
  ranks: readonly number[],
  lower: (inputs: readonly string[]) => string,
): string {
  const isStack = inputs.map((_, i) => value.inputs[i]!.shape.length > ranks[i]!);
  if (!isStack.includes(true)) return lower(inputs);
  const [replicas, ...own] = value.shape as [number, ...number[]];
  const results = Array.from({ length: replicas }, (_, r) => {
    const operands = inputs.map((x, i) =>
      isStack[i] ? model.node("Gather", [x, model.constant("i64", [r])], { axis: 0 }) : x,
    );
    return model.reshape(lower(operands), [1, ...own]);
  });
  return model.node("Concat", results, { axis: 0 });
}
