/**
 * Mixed precision (Micikevicius et al. 2018): the parameters and the optimizer's state are f32; the network runs forward and
 * backward in f16, on weights cast from the f32 masters; the loss is scaled so that small gradients do not underflow.
 *
 *     const masters = parameterInputs(net, "f32");
 *     const weights = halfWeights(masters);
 *     const logits = applyNetwork(net, x, { parameters: weights }).output;        x and logits are f16
 *     const loss = crossEntropy(ops.cast(logits, "f32"), labels);                 f32, as autocast has it
 *     const gradients = gradient(scaleLoss(loss), [...weights.values()]);         f16
 *     const { finite, ...update } = applyMixed(optimizer, masters, byName(gradients));
 *
 * The loss has to be f32: the first scale, 65536, is an infinity of f16. A step whose gradients are not all finite leaves
 * parameters and state as they are, within the graph; `finite` is all that the host reads (loss-scale.ts).
 */
import { constant, formatType, input, requireScalar, type Value } from "../ir";
import { ops } from "../ops";
import { fail } from "../util";
import { applyOptimizer, type Optimizer, type Update } from "./optimizer";

/** The input that is fed the loss scale: an f32 scalar. */
export const lossScaleName = "lossScale";

const lossScale = () => input(lossScaleName, "f32", []);

/** The f32 masters as f16 weights, by name. */
export function halfWeights(masters: ReadonlyMap<string, Value>): Map<string, Value> {
  return new Map(
    [...masters].map(([name, master]) => [name, ops.cast(requireF32(`parameter ${name}`, master), "f16")]),
  );
}

/** lossScale · loss, whose gradient is taken; the loss is an f32 scalar. */
export function scaleLoss(loss: Value): Value {
  requireScalar("loss", loss);
  return ops.mul(requireF32("loss", loss, "cast the logits to f32 before the loss"), lossScale());
}

export interface MixedUpdate extends Update {
  /** bool scalar: whether every gradient was finite, and so the update was taken. */
  readonly finite: Value;
}

/**
 * The update of f32 masters by scaled gradients: cast to f32, unscaled, and taken only if all of them are finite.
 * @param gradients of the scaled loss with respect to the f16 weights, by the masters' names; f16 (or f32)
 */
export function applyMixed(
  optimizer: Optimizer,
  masters: ReadonlyMap<string, Value>,
  gradients: ReadonlyMap<string, Value>,
): MixedUpdate {
  for (const [name, master] of masters) requireF32(`parameter ${name}`, master);
  const scaled = new Map([...gradients].map(([name, g]) => [name, ops.cast(g, "f32")]));
  const inverse = ops.div(constant(1, "f32"), lossScale());
  const unscaled = new Map([...scaled].map(([name, g]) => [name, ops.mul(g, inverse)]));
  const update = applyOptimizer(optimizer, masters, unscaled);
  const finite = allFinite([...scaled.values()]);
  return {
    ...update,
    parameters: chosen(finite, update.parameters, masters),
    state: chosen(finite, update.state, update.stateInputs),
    finite,
  };
}

/** Whether every element is finite: 0·x is 0 where x is, and NaN where it is not, and NaN survives a sum. */
function allFinite(values: readonly Value[]): Value {
  const zero = constant(0, "f32");
  const marks = values.map((x) => ops.reduceSum(ops.mul(x, zero)));
  return ops.equal(
    marks.reduce((a, b) => ops.add(a, b)),
    zero,
  );
}

const chosen = (finite: Value, updated: ReadonlyMap<string, Value>, old: ReadonlyMap<string, Value>) =>
  new Map([...updated].map(([name, value]) => [name, ops.select(finite, value, old.get(name)!)]));

function requireF32(what: string, value: Value, hint?: string): Value {
  if (value.format !== "f32") fail(what, "must be f32 in mixed precision", formatType(value), hint);
  return value;
}
