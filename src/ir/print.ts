import { show } from "../util";
import { formatType } from "./shapes";
import type { Graph, Value } from "./types";
import { constantValue, inputName, isConstant, isInput } from "./value";

/**
 * A graph as text, one value on each line:
 *
 *     graph step
 *     %x: f32[256,784] = input
 *     %2: f32[256,256] = matmul %x %w1 %b1 {transposeB: true}
 *     loss = %17
 *
 * @example
 * ```ts
 * import { graph, input, ops, print } from "nonsmooth";
 *
 * const x = input("x", "f32", [3]);
 * console.log(print(graph({ loss: ops.reduceSum(ops.relu(x)) }, "step")));
 * // graph step
 * // %x: f32[3] = input
 * // %1: f32[3] = relu %x
 * // %2: f32[] = reduceSum %1 {axes: [0]}
 * // loss = %2
 * ```
 */
export function print(graph: Graph): string {
  return `graph ${graph.name}\n${printNodes(graph.nodes, graph.outputs)}`;
}

export function printNodes(nodes: readonly Value[], outputs: ReadonlyMap<string, Value>): string {
  const names = new Map<Value, string>(nodes.map((node, i) => [node, `%${isInput(node) ? inputName(node) : i}`]));
  const lines = nodes.map((node) => `${names.get(node)}: ${formatType(node)} = ${right(node, names)}`);
  for (const [name, value] of outputs) lines.push(`${name} = ${names.get(value)}`);
  return `${lines.join("\n")}\n`;
}

/** JSON, in which −0, NaN and the infinities keep their names. */
export const attributeText = (attribute: unknown): string =>
  JSON.stringify(attribute, (_, v) =>
    typeof v === "number" && (!Number.isFinite(v) || Object.is(v, -0)) ? show(v) : v,
  );

function right(node: Value, names: ReadonlyMap<Value, string>): string {
  if (isInput(node)) return "input";
  if (isConstant(node)) return `constant ${show(constantValue(node))}`;
  const attributes = Object.entries(node.attributes).map(([key, value]) => `${key}: ${attributeText(value)}`);
  const suffix = attributes.length > 0 ? ` {${attributes.join(", ")}}` : "";
  return `${node.op.name} ${node.inputs.map((operand) => names.get(operand)).join(" ")}${suffix}`;
}
