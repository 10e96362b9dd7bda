import { constantValue, type Graph, inputName, isConstant, isInput, type Value } from "../../ir";
import { type OpName, recordOf } from "../../ops";
import { lowerings } from "./lowerings";
import { ModelBuilder, type Target } from "./model";

/**
 * On the CPU half precision is f32 with an explicit rounding behind every node: ONNX Runtime has few half kernels there,
 * and keeps f32 between the nodes of a graph that is typed float16.
 */
export const cpuTarget = (convolutionBlock = 0): Target => ({
  carrier: (format) => (format === "f16" ? "f32" : format),
  round: (model, x, format) => (format === "f16" ? model.cast(model.cast(x, "f16"), "f32") : x),
  convolutionBlock,
});

export interface Compiled {
  readonly bytes: Uint8Array;
  /** The name in the model under which each output of the graph is found. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** A graph as an ONNX model. Inputs keep their names. */
export function toOnnx(graph: Graph, target: Target): Compiled {
  const model = new ModelBuilder(target);
  const names = new Map<Value, string>();
  for (const node of graph.nodes) names.set(node, lower(model, node, names, target));
  const outputs = new Map<string, string>();
  for (const value of new Set(graph.outputs.values())) {
    // a model's output has to be the result of a node
    if (isInput(value) || isConstant(value)) names.set(value, model.node("Identity", [names.get(value)!]));
    model.output(names.get(value)!, value.format, value.shape);
  }
  for (const [name, value] of graph.outputs) outputs.set(name, names.get(value)!);
  return { bytes: model.encode(graph.name), outputs };
}

function lower(model: ModelBuilder, node: Value, names: ReadonlyMap<Value, string>, target: Target): string {
  if (isInput(node)) {
    model.input(inputName(node), node.format, node.shape);
    return inputName(node);
  }
  if (isConstant(node)) return model.constant(target.carrier(node.format), [constantValue(node)]);
  const inputs = node.inputs.map((operand) => names.get(operand)!);
  // biome-ignore lint/suspicious/noExplicitAny: the table's key and the attributes belong together by construction
  const result = lowerings[node.op.name as OpName](model, inputs, node.attributes as any, node);
  return recordOf(node.op.name)!.rounds ? target.round(model, result, node.format) : result;
}
