import { createHash } from "node:crypto";
import { fail, postOrder } from "../util";
import { attributeText, printNodes } from "./print";
import { formatType, sameType } from "./shapes";
import type { Graph, Value } from "./types";
import { inputName, isInput } from "./value";
import { verify } from "./verify";

/**
 * The graph that computes the named outputs: operands before results, every value once (equal operations on equal
 * operands are merged, so that sweeps share what they can), operations made of others replaced by these, verified.
 *
 * @example
 * ```ts
 * import { createEngine, graph, input, ops, tensor } from "nonsmooth";
 *
 * const x = input("x", "f32", [2]);
 * const program = await createEngine("onnx-cpu").compile(graph({ twice: ops.add(x, x) }));
 * const { twice } = await program.run({ x: tensor("f32", [1, 2]) });
 * console.log(twice!.data); // Float32Array(2) [ 2, 4 ]
 * ```
 */
export function graph(outputs: Readonly<Record<string, Value>>, name = "graph"): Graph {
  if (Object.keys(outputs).length === 0) fail(`graph ${name}`, "must have an output", "none");
  const merged = merge(Object.values(outputs));
  const nodes = [...new Set(merged.values())];
  const inputs = new Map<string, Value>();
  for (const node of nodes) {
    if (!isInput(node)) continue;
    const other = inputs.get(inputName(node));
    if (other && !sameType(node, other)) {
      fail(`input ${inputName(node)}`, "must have one type", `${formatType(other)} and ${formatType(node)}`);
    }
    inputs.set(inputName(node), node);
  }
  const named = new Map(Object.entries(outputs).map(([key, value]) => [key, merged.get(value)!]));
  const text = printNodes(nodes, named);
  const result = { name, nodes, inputs, outputs: named, hash: createHash("sha256").update(text).digest("hex") };
  verify(result);
  return result;
}

/** Maps every value below the roots to its representative, operands first. */
function merge(roots: readonly Value[]): Map<Value, Value> {
  const representative = new Map<Value, Value>();
  const byKey = new Map<string, Value>();
  const number = new Map<Value, number>();
  const isNew = (value: Value) => !representative.has(value);
  const add = (value: Value): void => {
    const inputs = value.inputs.map((operand) => representative.get(operand)!);
    if (value.op.expand) {
      const made = value.op.expand(inputs, value.attributes);
      for (const part of postOrder([made], (node) => node.inputs.filter(isNew))) if (isNew(part)) add(part);
      representative.set(value, representative.get(made)!);
      return;
    }
    const key = `${value.op.name} ${inputs.map((i) => number.get(i)).join(" ")} ${attributeText(value.attributes)}`;
    let found = byKey.get(key);
    if (!found) {
      found = inputs.every((operand, i) => operand === value.inputs[i]) ? value : { ...value, inputs };
      byKey.set(key, found);
      number.set(found, number.size);
      representative.set(found, found);
    }
    representative.set(value, found);
  };
  for (const value of topologicalOrder(roots)) add(value);
  return representative;
}

/** Every value below the roots, operands before results. */
export const topologicalOrder = (roots: readonly Value[]): Value[] => postOrder(roots, ({ inputs }) => inputs);
