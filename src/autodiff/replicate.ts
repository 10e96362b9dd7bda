/**
 * Many networks at once: a graph of one network rewritten with a leading replica axis, so that one program computes R
 * initialisations. Any graph will do, even a whole training step: forward pass, backward sweep, counts of kinks, update.
 *
 * Each operation's record says what it becomes (`replicate`). Values that depend on no replicated input stay as they are and are computed
 * once for all networks.
 */
import { allocate, isFloat } from "../formats";
import {
  formatType,
  input,
  inputName,
  isInput,
  sameType,
  size,
  type Tensor,
  topologicalOrder,
  type Value,
} from "../ir";
import { ops, recordOf } from "../ops";
import { fail, nearest } from "../util";

export interface ReplicateOptions {
  /** R, the number of networks. */
  readonly replicas: number;
  /** Names of the graph's inputs that differ by network; they become [R, ...]. All others are fed as before, for all networks. */
  readonly inputs: Iterable<string>;
}

/**
 * The same outputs for R networks, each [R, ...its shape].
 *
 *     const many = replicate({ loss }, { replicas: 16, inputs: parameters.keys() });       loss: f32[16]
 *
 * An output that depends on no replicated input is repeated R times. Each network gets the same numbers as when it runs alone. On `reference`
 * they are the same bits. On `onnx-cpu` they are, too, for mini-batches of a multiple of 4 images, except for batch normalisation in f64 over more
 * than 128 rows (each pixel of each image is a row). For other sizes exp, log, logSoftmax and sums over a whole tensor may round differently, because
 * ONNX Runtime takes several numbers at once, counted from the start of the stack. GPUs choose their kernels by shape, and nothing is promised. See
 * "Many networks at once" in docs/numerics.md.
 *
 * @throws NonsmoothError if an input is not one of the graph's, and for an operation that cannot be replicated (`take`)
 *
 * @example
 * ```ts
 * import { formatType, input, ops, replicate } from "nonsmooth";
 *
 * const [x, w] = [input("x", "f32", [2]), input("w", "f32", [2])];
 * const loss = ops.reduceSum(ops.mul(x, w));
 * const many = replicate({ loss }, { replicas: 3, inputs: ["w"] });
 * console.log(formatType(many.loss!)); // f32[3]
 * ```
 */
export function replicate(
  outputs: Readonly<Record<string, Value>>,
  { replicas, inputs }: ReplicateOptions,
): Record<string, Value> {
  if (!Number.isInteger(replicas) || replicas < 1) fail("replicas", "must be a positive integer", replicas);
  const order = topologicalOrder(Object.values(outputs));
  const own = new Set(inputs);
  requireInputs(order, own);
  const replicated = new Map<Value, Value>();
  for (const value of order) {
    const made = replicateValue(value, { replicas, own, replicated });
    if (made) replicated.set(value, made);
  }
  const named = Object.entries(outputs).map(([name, value]) => {
    return [name, replicated.get(value) ?? repeat(name, value, replicas)] as const;
  });
  return Object.fromEntries(named);
}

interface Rewriting {
  readonly replicas: number;
  /** Names of the inputs that differ by network. */
  readonly own: ReadonlySet<string>;
  /** For each value that differs by network: the value with the replica axis. */
  readonly replicated: ReadonlyMap<Value, Value>;
}

/** The value with the replica axis; undefined if it is shared. */
function replicateValue(value: Value, { replicas, own, replicated }: Rewriting): Value | undefined {
  if (isInput(value)) {
    const name = inputName(value);
    return own.has(name) ? input(name, value.format, [replicas, ...value.shape]) : undefined;
  }
  const which = value.inputs.map((operand) => replicated.has(operand));
  if (!which.includes(true)) return undefined;
  const record = recordOf(value.op);
  if (!record?.replicate) {
    const hint = "run the networks one after another";
    return fail("replicas", `${value.op.name} cannot compute many networks at once`, formatType(value), hint);
  }
  const operands = value.inputs.map((operand) => replicated.get(operand) ?? operand);
  const { op, attributes } = value;
  return record.replicate({ op, replicas, inputs: operands, replicated: which, attributes, type: value, ops });
}

function requireInputs(order: readonly Value[], names: ReadonlySet<string>): void {
  const known = order.filter(isInput).map(inputName);
  const stray = [...names].find((name) => !known.includes(name));
  if (stray === undefined) return;
  const near = nearest(stray, known);
  fail("replicas", "inputs must be inputs of the graph", stray, near && `did you mean ${near}?`);
}

function repeat(name: string, value: Value, replicas: number): Value {
  if (!isFloat(value.format))
    fail("replicas", `output ${name} must depend on an input that differs, or be floating-point`, formatType(value));
  return ops.broadcast(value, [replicas, ...value.shape]);
}

/**
 * The feeds of a replicated graph: the tensors of R networks, by name, as [R, ...].
 * @throws NonsmoothError unless there is at least one network and all have tensors of the same names and types
 *
 * @example
 * ```ts
 * import { createEngine, graph, input, ops, replicate, stackFeeds, tensor } from "nonsmooth";
 *
 * const many = replicate({ sum: ops.reduceSum(input("w", "f32", [2])) }, { replicas: 2, inputs: ["w"] });
 * const program = await createEngine("onnx-cpu").compile(graph(many));
 * const feeds = stackFeeds([{ w: tensor("f32", [1, 2]) }, { w: tensor("f32", [3, 4]) }]);
 * console.log((await program.run(feeds)).sum!.data); // Float32Array(2) [ 3, 7 ]
 * ```
 */
export function stackFeeds(networks: readonly Readonly<Record<string, Tensor>>[]): Record<string, Tensor> {
  const [first] = networks;
  if (!first) return fail("replicas", "must hold at least one network", networks);
  return Object.fromEntries(Object.keys(first).map((name) => [name, stackTensors(name, networks)]));
}

function stackTensors(name: string, networks: readonly Readonly<Record<string, Tensor>>[]): Tensor {
  const first = networks[0]![name]!;
  const length = size(first.shape);
  const data = allocate(first.format, networks.length * length);
  for (const [r, { [name]: own }] of networks.entries()) {
    if (!own || !sameType(own, first))
      fail(`replica ${r}`, `${name} must be ${formatType(first)}`, own && formatType(own));
    data.set(own!.data, r * length);
  }
  return { format: first.format, shape: [networks.length, ...first.shape], data };
}
