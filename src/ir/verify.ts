import { fail } from "../util";
import { formatType, sameType } from "./shapes";
import type { Graph, Value } from "./types";

/**
 * Checks a graph with the rules that built it: operands come first, and every type is what the shape rule gives.
 *
 * @example
 * ```ts
 * import { graph, input, ops, verify } from "nonsmooth";
 *
 * const { name, nodes, outputs } = graph({ y: ops.relu(input("x", "f32", [3])) });
 * verify({ name, nodes, outputs });
 * try {
 *   verify({ name, nodes: [...nodes].reverse(), outputs });
 * } catch (error) {
 *   console.log((error as Error).message); // graph graph, %0 = relu: operand 0 must come before its use, got "input"
 * }
 * ```
 */
export function verify(graph: Pick<Graph, "name" | "nodes" | "outputs">): void {
  const seen = new Set<Value>();
  for (const [i, node] of graph.nodes.entries()) {
    const what = `graph ${graph.name}, %${i} = ${node.op.name}`;
    for (const [k, operand] of node.inputs.entries()) {
      if (!seen.has(operand)) fail(what, `operand ${k} must come before its use`, operand.op.name);
    }
    const type = node.op.infer(node.inputs, node.attributes);
    if (!sameType(type, node)) fail(what, `must have type ${formatType(type)}`, formatType(node));
    seen.add(node);
  }
  for (const [name, value] of graph.outputs) {
    if (!seen.has(value)) fail(`graph ${graph.name}, output ${name}`, "must be a node of the graph", value.op.name);
  }
}
