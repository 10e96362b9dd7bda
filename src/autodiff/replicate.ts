/**
 * Many networks at once: a graph of one network rewritten with a leading replica axis, so that R initialisations go through one
 * program. The graph may be any, a whole training step too: forward pass, backward sweep, counts of kinks, update.
 *
 * What an operation becomes, its record says (`replicate`); what depends on no replicated input stays as it is and is computed
 * once for all.
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
 * An output that depends on nothing replicated is repeated R times. Each network gets the numbers that it has alone: the same
 * bits on `reference`. On `onnx-cpu` too for mini-batches of a multiple of 4 images, but for batch normalisation in f64 over more
 * than 128 rows; for others exp, log, logSoftmax and sums over a whole tensor may round otherwise, since ONNX Runtime takes several
 * numbers at a time, counted from the start of the stack. GPUs choose their kernels by shape, and nothing is promised. See
 * "Many networks at once" in docs/numerics.md.
 *
 * @throws NonsmoothError if an input is not one of the graph's, and for an operation that has no such form (convolutions)
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
  /** What differs by network: the value with the replica axis, for each value without. */
  readonly replicated: ReadonlyMap<Value, Value>;
}

/** The value with the replica axis; undefined where it is shared. */
function replicateValue(value: Value, { replicas, own, replicated }: Rewriting): Value | undefined {
  if (isInput(value)) {
    const name = inputName(value);
    return own.has(name) ? input(name, value.format, [replicas, ...value.shape]) : undefined;
  }
  const which = value.inputs.map((operand) => replicated.has(operand));
  if (!which.includes(true)) return undefined;
  const record = recordOf(value.op.name);
  if (!record?.replicate) {
    const hint = "run the networks one after another";
    return fail("replicas", `${value.op.name} has no form for many networks at once`, formatType(value), hint);
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
 * What a replicated graph is fed: the tensors of R networks, by name, as [R, ...].
 * @throws NonsmoothError unless the networks have tensors of the same names and types, and there is one at least
 */
export function stackFeeds(networks: readonly Readonly<Record<string, Tensor>>[]): Record<string, Tensor> {
  const [first] = networks;
  if (!first) return fail("replicas", "must be one network at least", networks);
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
