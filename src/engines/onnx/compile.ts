import { Writer } from "protobufjs";
import type { ElementFormat } from "../../formats";
import {
  constantValue,
  formatType,
  type Graph,
  inputName,
  isConstant,
  isInput,
  sameType,
  type Tensor,
  type Value,
} from "../../ir";
import { type OpName, recordOf } from "../../ops";
import { fail } from "../../util";
import { lowerings } from "./lowerings";
import { ModelBuilder, type Target } from "./model";

export interface Compiled {
  readonly bytes: Uint8Array;
  /** The name in the model under which each output of the graph is found. */
  readonly outputs: ReadonlyMap<string, string>;
}

export interface OnnxOptions {
  /** Inputs with given values, which become initializers under their names; default none. */
  readonly bound?: Readonly<Record<string, Tensor>>;
  /** Whether outputs keep their names, too, so that none may be the name of an input; default false. */
  readonly namedOutputs?: boolean;
  /** A description of the model. */
  readonly documentation?: string;
  /** Texts by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A graph as an ONNX model. Inputs keep their names. Each node's name begins with the value that it belongs to, its place in
 * the graph and its operation: `12 conv2d %40`.
 */
export function toOnnx(graph: Graph, target: Target, options: OnnxOptions = {}): Compiled {
  const { bound = {}, namedOutputs = false } = options;
  requireInputs(graph, bound);
  const model = new ModelBuilder(target);
  const names = new Map<Value, string>();
  for (const [i, node] of graph.nodes.entries()) {
    model.label = `${i} ${node.op.name}`;
    names.set(node, lower(model, node, names, bound));
  }
  const outputs = new Map<string, string>();
  for (const value of new Set(graph.outputs.values())) {
    // a model's output must be the result of a node
    if (isInput(value) || isConstant(value)) names.set(value, model.node("Identity", [names.get(value)!]));
    if (!namedOutputs) model.output(names.get(value)!, value.format, value.shape);
  }
  for (const [name, value] of graph.outputs) {
    outputs.set(name, namedOutputs ? model.named(name, names.get(value)!) : names.get(value)!);
    if (namedOutputs) model.output(name, value.format, value.shape);
  }
  return { bytes: Buffer.concat([model.encode(graph.name), description(options)]), outputs };
}

function lower(
  model: ModelBuilder,
  node: Value,
  names: ReadonlyMap<Value, string>,
  bound: Readonly<Record<string, Tensor>>,
): string {
  const { target } = model;
  if (isInput(node)) {
    const name = inputName(node);
    if (Object.hasOwn(bound, name))
      return model.table(name, target.carrier(node.format), node.shape, () => bound[name]!.data);
    model.input(name, node.format, node.shape);
    return name;
  }
  if (isConstant(node)) return model.constant(target.carrier(node.format), [constantValue(node)]);
  const name = node.op.name as OpName;
  const inputs = node.inputs.map((operand) => names.get(operand)!);
  return computed(model, node, inputs, (operands) => {
    // biome-ignore lint/suspicious/noExplicitAny: the table's key and the attributes belong together by construction
    const result = lowerings[name](model, operands, node.attributes as any, node);
    return recordOf(name)!.rounds ? model.target.round(model, result, node.format) : result;
  });
}

/** Computes a value where the target wants it, and brings its result back to its carrier. */
function computed(
  model: ModelBuilder,
  value: Value,
  inputs: readonly string[],
  compute: (operands: readonly string[]) => string,
): string {
  const { target } = model;
  const within = (format: ElementFormat) => target.within(value, format);
  const isMoved = (format: ElementFormat) => within(format) !== target.carrier(format);
  const operands = inputs.map((x, i) => {
    const { format } = value.inputs[i]!;
    return isMoved(format) ? model.cast(x, within(format)) : x;
  });
  const result = model.withTarget({ ...target, carrier: within }, () => compute(operands));
  return isMoved(value.format) ? model.cast(result, target.carrier(value.format)) : result;
}

function requireInputs(graph: Graph, bound: Readonly<Record<string, Tensor>>): void {
  for (const [name, tensor] of Object.entries(bound)) {
    const known = graph.inputs.get(name);
    if (!known) fail(`graph ${graph.name}`, "bound tensors must be inputs of the graph", name);
    if (!sameType(tensor, known)) fail(`tensor ${name}`, `must be ${formatType(known)}`, formatType(tensor));
  }
}

/**
 * `doc_string` (field 6) and `metadata_props` (14: key 1, value 2) of onnx.proto's ModelProto: protobuf reads fields that
 * are appended to a message as fields of the message.
 */
function description({ documentation, metadata = {} }: OnnxOptions): Uint8Array {
  const field = (number: number) => (number << 3) | 2; // of a given length
  const writer = Writer.create();
  if (documentation !== undefined) writer.uint32(field(6)).string(documentation);
  for (const [key, value] of Object.entries(metadata)) {
    writer.uint32(field(14)).fork().uint32(field(1)).string(key).uint32(field(2)).string(value).ldelim();
  }
  return writer.finish();
}
