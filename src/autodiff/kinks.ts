/**
 * The conventions at the kinks: the only file that knows them.
 *
 * At a kink the derivative does not exist, and backpropagation has to put a number in its place. Here that number is an
 * input of the graph, so that one compiled program serves every choice. With z the operand, k the kink, s the number and
 * g the incoming gradient, the gradient passed on for a piecewise linear function f is
 *
 *     multiply    g · (f'(z) where z ≠ k, s where z = k)          the derivative as defined
 *     overwrite   g · f'(z) where z ≠ k, s where z = k             the released code of Bertoin et al. (2021), which
 *                                                                  drops the incoming gradient
 *
 * −0 equals 0. A NaN in z or in g is passed on.
 */
import { type FormatName, isFloat } from "../formats";
import { formatType, requireScalar, topologicalOrder, type Value } from "../ir";
import { type Builders, type Kink, ops, recordOf, records } from "../ops";
import { fail, nearest } from "../util";

export type ChainRule = "multiply" | "overwrite";
export const chainRules: readonly ChainRule[] = ["multiply", "overwrite"];

/**
 * The number taken at each kink, by name: `{"relu.zero": s}`. A scalar value of the operand's format (usually an input),
 * or a number that is built in; kinks that are not named take their default.
 */
export type KinkChoice = Readonly<Record<string, Value | number>>;

/** Every kink of every operation, by name. */
export function knownKinks(): Readonly<Record<string, Kink>> {
  const found: Record<string, Kink> = {};
  for (const name of Object.keys(records)) {
    // the names and places of kinks do not depend on attributes; a slope of 0 is valid wherever there is one
    for (const kink of recordOf(name)?.pieces?.({ slope: 0 }).kinks ?? []) found[`${name}.${kink.name}`] = kink;
  }
  return found;
}

/** Throws if a choice names a kink that no operation has. */
export function checkChoice(choice: KinkChoice): void {
  const known = Object.keys(knownKinks());
  for (const [name, value] of Object.entries(choice)) {
    const near = nearest(name, known);
    if (!known.includes(name))
      fail("kink", `must be one of ${known.join(", ")}`, name, near && `did you mean ${near}?`);
    if (typeof value === "number" && !Number.isFinite(value)) fail(name, "slope must be finite", value);
    if (typeof value === "object") requireScalar(name, value);
  }
}

/** The gradient passed on by a piecewise linear function: the formula at the head of this file. */
export function pieceGradient(node: Value, g: Value, choice: KinkChoice, chainRule: ChainRule): Value {
  const [z] = node.inputs as [Value];
  const format = z.format as FormatName;
  const { kinks, slopes } = recordOf(node.op.name)!.pieces!(node.attributes);
  const number = (x: number) => ops.constant(x, format);
  const taken = kinks.map((kink) => chosen(`${node.op.name}.${kink.name}`, kink, choice, z));

  // built from the leftmost piece outwards; only a z that is neither above nor below a kink reaches the sum, which is
  // then (k − k) + s = s, or NaN
  let slope: Value = number(slopes[0]!);
  for (const [i, kink] of kinks.entries()) {
    const at = number(kink.at);
    const atKink = ops.add(kink.at === 0 ? z : ops.sub(z, at), taken[i]!);
    slope = ops.select(ops.greater(z, at), number(slopes[i + 1]!), ops.select(ops.less(z, at), slope, atKink));
  }
  let result = ops.mul(g, slope);
  if (chainRule === "overwrite") {
    for (const [i, kink] of kinks.entries()) result = ops.select(ops.equal(z, number(kink.at)), taken[i]!, result);
  }
  return result;
}

function chosen(name: string, kink: Kink, choice: KinkChoice, z: Value): Value {
  const value = choice[name] ?? kink.default;
  if (typeof value === "number") return ops.constant(value, z.format);
  if (value.format !== z.format)
    fail(name, `slope must have the format of its operand, ${z.format}`, formatType(value));
  return value;
}

/** One place in a graph where a kink can be hit. */
export interface KinkSite {
  /** "relu.zero" */
  readonly kink: string;
  /** The operand: a hit is an element equal to `at`. */
  readonly operand: Value;
  readonly at: number;
}

/** The places below some values where a kink can be hit, in the order of the forward pass. */
export function kinkSites(roots: readonly Value[]): KinkSite[] {
  return topologicalOrder(roots).flatMap((node) => {
    const kinks = recordOf(node.op.name)?.pieces?.(node.attributes).kinks ?? [];
    return kinks.map(({ name, at }) => ({ kink: `${node.op.name}.${name}`, operand: node.inputs[0]!, at }));
  });
}

/** How many elements hit the kink exactly, as an i32 scalar; NaN never hits. */
export function kinkHits({ operand, at }: KinkSite, { count, equal, constant }: Builders = ops): Value {
  return count(equal(operand, constant(at, operand.format)));
}

export const isDifferentiable = (value: Value): boolean => isFloat(value.format);
