/** Reverse mode on the graph: the gradient of a scalar, as values of the same graph. */
import { constant, formatType, requireScalar, sameType, topologicalOrder, type Value } from "../ir";
import { type ChainRule, chainRules, ops, recordOf } from "../ops";
import { fail } from "../util";
import type { ConventionName } from "./conventions";
import { isDifferentiable, type Kinks, type KinkValues, kinkValues, pieceGradient, valuesOf } from "./kinks";
import { placesOf } from "./places";

export interface GradientOptions {
  /** The values at kinks: by the kinks' names, numbers or functions of the place; or a convention ("jax"); default: each kink's own. */
  readonly kinks?: Kinks;
  /** A convention for the kinks that `kinks` does not name: ReLU'(0) = 1, and the rest as in "jax". Default: each kink's own. */
  readonly otherKinks?: ConventionName;
  /** How the value at a kink meets the incoming gradient; default `multiply`. */
  readonly chainRule?: ChainRule;
}

/**
 * The gradients of the scalar `of` with respect to each value in `wrt`, in that order; zeros for a value on which it does not
 * depend. Several calls share the forward pass, and everything else that their sweeps have in common.
 *
 * @example
 * ```ts
 * import { createEngine, gradient, graph, input, ops, tensor } from "nonsmooth";
 *
 * const x = input("x", "f32", [3]);
 * const [dx] = gradient(ops.reduceSum(ops.relu(x)), [x], { kinks: { "relu.zero": 0.5 } });
 * const program = await createEngine("onnx-cpu").compile(graph({ dx: dx! }));
 * const result = await program.run({ x: tensor("f32", [-1, 0, 1]) });
 * console.log(result.dx!.data); // Float32Array(3) [ 0, 0.5, 1 ]
 * ```
 */
export function gradient(of: Value, wrt: readonly Value[], options: GradientOptions = {}): Value[] {
  const { kinks = {}, otherKinks, chainRule = "multiply" } = options;
  requireScalar("gradient", of);
  if (!isDifferentiable(of)) fail("gradient", "must be of a floating-point scalar", formatType(of));
  if (!chainRules.includes(chainRule)) fail("chainRule", `must be one of ${chainRules.join(", ")}`, chainRule);
  const named = kinkValues(kinks, otherKinks);

  const order = topologicalOrder([of]);
  let places: KinkValues["placeOf"] | undefined;
  const placeOf: KinkValues["placeOf"] = (node, kink) => {
    places ??= placesOf(order);
    return places(node, kink);
  };
  const values = { ...named, placeOf };
  const active = dependents(order, new Set(wrt));
  const sums = new Map<Value, Value>([[of, constant(of.format, 1)]]);
  for (const node of order.toReversed()) {
    const g = sums.get(node);
    if (!g || !active.has(node) || node.inputs.length === 0) continue;
    const contributions = sweepNode(node, g, values, chainRule);
    for (const [i, operand] of node.inputs.entries()) {
      const contribution = contributions[i];
      if (!contribution || !active.has(operand)) continue;
      if (!sameType(contribution, operand)) {
        fail(`gradient of ${node.op.name}`, `operand ${i} must have ${formatType(operand)}`, formatType(contribution));
      }
      const sum = sums.get(operand);
      sums.set(operand, sum ? ops.add(sum, contribution) : contribution);
    }
  }
  return wrt.map((value) => sums.get(value) ?? ops.broadcast(constant(value.format, 0), value.shape));
}

function sweepNode(node: Value, g: Value, values: KinkValues, chainRule: ChainRule): readonly (Value | undefined)[] {
  const record = recordOf(node.op);
  if (record?.pieces) return [pieceGradient(node, g, values, chainRule)];
  if (record?.vjp) {
    const valueAt = valuesOf(node, values);
    return record.vjp({ g, inputs: node.inputs, output: node, attributes: node.attributes, valueAt, ops });
  }
  return fail("gradient", "must run through differentiable operations", node.op.name);
}

/** The values of a topological order that depend, through floating-point values, on one of the sources. */
function dependents(order: readonly Value[], sources: ReadonlySet<Value>): Set<Value> {
  const active = new Set<Value>();
  for (const value of order) {
    if (!isDifferentiable(value)) continue;
    if (sources.has(value) || value.inputs.some((operand) => active.has(operand))) active.add(value);
  }
  return active;
}
