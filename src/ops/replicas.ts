/**
 * Many networks in one program: what the records' rules share. Values that differ by network have a first axis, the
 * replica axis; all others are shared. A rule keeps each network's numbers in their own order, so that an engine can
 * give every network the same bits as when it runs alone.
 */
import { type Attributes, apply, formatType, type Value } from "../ir";
import { fail } from "../util";
import type { Builders } from "./index";
import type { ReplicaContext } from "./op";

/** The operands, each with the replica axis; shared ones are repeated. */
export function inEach<A extends Attributes>({ inputs, replicated, replicas, ops }: ReplicaContext<A>): Value[] {
  return inputs.map((x, i) => (replicated[i] ? x : ops.broadcast(x, [replicas, ...x.shape])));
}

/** [R, N] as [R, 1, N], for a result of two axes in each network: stretched as in a single network. */
export function lineUp(ops: Builders, x: Value, rank: number): Value {
  const [replicas, ...own] = x.shape;
  if (own.length === rank) return x;
  return ops.reshape(x, [replicas!, ...new Array<number>(rank - own.length).fill(1), ...own]);
}

/** The rule for operations that work element by element. */
export function replicateElements<A extends Attributes>(context: ReplicaContext<A>): Value {
  const { op, inputs, replicated, attributes, type, ops } = context;
  const operands = inputs.map((x, i) => (replicated[i] ? lineUp(ops, x, type.shape.length) : x));
  return apply(op, operands, attributes);
}

/** The networks side by side along one of their axes: [R, ..., n, ...] → [..., R·n, ...] */
export function mergeReplicas(ops: Builders, x: Value, axis: number): Value {
  const [replicas, ...own] = x.shape;
  const order = [...own.keys()].map((k) => k + 1);
  const moved = axis === 0 ? x : ops.transpose(x, order.toSpliced(axis, 0, 0));
  return ops.reshape(moved, own.with(axis, replicas! * own[axis]!));
}

/** The reverse of `mergeReplicas`: [..., R·n, ...] → [R, ..., n, ...] */
export function splitReplicas(ops: Builders, x: Value, axis: number, replicas: number): Value {
  const apart = ops.reshape(x, x.shape.toSpliced(axis, 1, replicas, x.shape[axis]! / replicas));
  const rest = [...apart.shape.keys()].filter((k) => k !== axis);
  return axis === 0 ? apart : ops.transpose(apart, [axis, ...rest]);
}

/** Throws if an operand differs by network although it must not. */
export function requireShared<A extends Attributes>(
  what: string,
  context: ReplicaContext<A>,
  operands: readonly number[],
) {
  const own = operands.find((i) => context.replicated[i]);
  if (own !== undefined)
    fail("replicas", `${what} must be the same for all networks`, formatType(context.inputs[own]!));
}

/** The rule for operations that treat each channel of [..., C] separately: the channels of all networks side by side, [..., R·C]. */
export function replicateChannels<A extends Attributes>(context: ReplicaContext<A>): Value {
  const { op, attributes, replicas, type, ops } = context;
  const operands = inEach(context).map((x) => mergeReplicas(ops, x, x.shape.length - 2));
  return splitReplicas(ops, apply(op, operands, attributes), type.shape.length - 1, replicas);
}

/** The rule for operations that treat each sample of [B, ...] separately: the batches of all networks as one, [R·B, ...]. */
export function replicateSamples<A extends Attributes>(context: ReplicaContext<A>): Value {
  const { op, attributes, replicas, ops } = context;
  const operands = inEach(context).map((x) => mergeReplicas(ops, x, 0));
  return splitReplicas(ops, apply(op, operands, attributes), 0, replicas);
}
