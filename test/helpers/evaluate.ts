import { referenceEngine } from "../../src/engines";
import { graph, input, type Tensor, type Value } from "../../src/ir";

/** The result of a function of values on the definition, for the given operands. */
export async function evaluate(build: (...operands: Value[]) => Value, ...operands: Tensor[]): Promise<Tensor> {
  const values = operands.map((x, i) => input(`x${i}`, x.format, x.shape));
  // an operand that the function leaves out is not an input of the graph
  const compiled = graph({ y: build(...values) });
  const feeds = Object.fromEntries(operands.map((x, i) => [`x${i}`, x]));
  const used = Object.fromEntries([...compiled.inputs.keys()].map((name) => [name, feeds[name]!]));
  return (await (await referenceEngine().compile(compiled)).run(used)).y!;
}
