/**
 * Operations on stacks: operands may have a leading axis [R, ...], and the operation is then done R times, as in R networks. A
 * single operand beside a stack serves every time.
 */
import { type Attributes, apply, formatType, type Shape, type Tensor, type Type, type Value } from "../ir";
import { fail } from "../util";
import type { Builders } from "./index";
import type { Op, ReplicaContext } from "./op";

const isStack = ({ shape }: Type, rank: number): boolean => shape.length > rank;

/** Throws unless an operand has the given axes, or is a stack of such operands. */
export function requireStackable(what: string, operand: string, x: Type, axes: readonly string[]): void {
  if (x.shape.length !== axes.length && x.shape.length !== axes.length + 1)
    fail(what, `${operand} must be [${axes.join(", ")}], or a stack of them`, formatType(x));
}

/** The leading axes of a result: [R] if one of the operands, of `rank` axes each, is a stack; otherwise []. */
export function stackOf(what: string, operands: readonly Type[], rank: number): Shape {
  const lengths = operands.filter((x) => isStack(x, rank)).map(({ shape }) => shape[0]!);
  const other = lengths.find((n) => n !== lengths[0]);
  if (other !== undefined) fail(what, "stacks must be of one length", `${lengths[0]} and ${other}`);
  return lengths.slice(0, 1);
}

/** Throws unless a bias beside operands with such a stack is [n] or, for a stack, [R, n]. */
export function requireBias(what: string, bias: Type, n: number, stack: Shape): void {
  const shapes = stack.length === 0 ? [[n]] : [[n], [...stack, n]];
  if (!shapes.some((shape) => shape.join() === bias.shape.join()))
    fail(what, `bias must be ${shapes.map((shape) => `[${shape}]`).join(" or ")}`, formatType(bias));
}

/** The type of each operand of a stack; of a single one, its own. */
export const eachType = ({ format, shape }: Type, rank: number): Type => ({ format, shape: shape.slice(-rank) });

/** The meaning for stacks, from that for single operands of the given numbers of axes. */
export const evaluateEach =
  <A extends Attributes>(ranks: readonly number[], evaluate: Op<A>["evaluate"]): Op<A>["evaluate"] =>
  (inputs, attributes, out, { type, accumulate }) => {
    const stack = inputs.find((x, i) => isStack(x, ranks[i]!));
    if (!stack) return evaluate(inputs, attributes, out, { type, accumulate });
    const own = eachType(type, type.shape.length - 1);
    const length = out.length / stack.shape[0]!;
    for (let r = 0; r < stack.shape[0]!; r++) {
      const operands = inputs.map((x, i) => (isStack(x, ranks[i]!) ? partOf(x, r) : x));
      evaluate(operands, attributes, out.subarray(r * length, (r + 1) * length), { type: own, accumulate });
    }
  };

function partOf(x: Tensor, r: number): Tensor {
  const shape = x.shape.slice(1);
  const length = x.data.length / x.shape[0]!;
  return { ...x, shape, data: x.data.subarray(r * length, (r + 1) * length) };
}

/** The gradient of an operand from those of all times that it served: their sum if it was single beside a stack. */
export const sumOverStack = (ops: Builders, gradient: Value, operand: Type): Value =>
  isStack(gradient, operand.shape.length) ? ops.reduceSum(gradient, [0]) : gradient;

/** The gradient of a bias, of [F] or [R, F], from that of the result [R, ..., F] to which it was added. */
export const biasGradient = (ops: Builders, g: Value, bias: Type): Value =>
  ops.reduceSum(g, [...g.shape.keys()].slice(bias.shape.length - 1, -1));

/** The rule for these operations: the networks are the stack. The first two operands say whether there is one. */
export function replicateStack<A extends Attributes>(context: ReplicaContext<A>, rank: number): Value {
  const { op, inputs, replicated, attributes, replicas, type, ops } = context;
  if (isStack(type, rank)) fail("replicas", `${op.name} must have single operands, not stacks`, formatType(type));
  const [first, ...others] = inputs as [Value, ...Value[]];
  // only the bias differs
  const spread = replicated[0] || replicated[1] ? first : ops.broadcast(first, [replicas, ...first.shape]);
  return apply(op, [spread, ...others], attributes);
}
