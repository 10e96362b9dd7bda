/**
 * Mixed precision (Micikevicius et al. 2018): the network runs forward and backward in a narrow format, on weights cast from
 * masters in a wider one; so is the optimizer's state, and the loss, which is scaled so that small gradients do not underflow.
 * Which formats these are is in the precision's record; without one it is that of `mixed`, f16 and f32.
 *
 *     const masters = parameterInputs(net, "f32");
 *     const weights = networkWeights(masters);                                    f16
 *     const logits = applyNetwork(net, x, { parameters: weights }).output;        x and logits are f16
 *     const loss = crossEntropy(ops.cast(logits, "f32"), labels);                 f32, as autocast has it
 *     const gradients = gradient(scaleLoss(loss), [...weights.values()]);         f16
 *     const { finite, ...update } = applyMixed(optimizer, masters, byName(gradients));
 *
 * The loss has to be in the wider format: the first scale, 65536, is an infinity of f16. A step whose gradients are not all finite
 * leaves parameters and state as they are, within the graph; `finite` is all that the host reads (loss-scale.ts).
 */
import { type FormatName, type FormatPair, precisionOf } from "../formats";
import { constant, formatType, input, requireScalar, type Value } from "../ir";
import { ops } from "../ops";
import { fail } from "../util";
import { applyOptimizer, type Optimizer, type Update } from "./optimizer";

/** The input that is fed the loss scale: a scalar in the format of the loss. */
export const lossScaleName = "lossScale";

const lossScale = (format: FormatName) => input(lossScaleName, format, []);

const MIXED: FormatPair = precisionOf("mixed");

/** The masters as weights in the network's format, by name; themselves where that is their own. */
export function networkWeights(
  masters: ReadonlyMap<string, Value>,
  { format, state }: FormatPair = MIXED,
): Map<string, Value> {
  return new Map(
    [...masters].map(([name, master]) => [name, ops.cast(requireState(`parameter ${name}`, master, state), format)]),
  );
}

/** lossScale · loss, whose gradient is taken; the loss is a scalar in the format of the state. */
export function scaleLoss(loss: Value, { state }: FormatPair = MIXED): Value {
  requireScalar("loss", loss);
  const hint = `cast the logits to ${state} before the loss`;
  return ops.mul(requireState("loss", loss, state, hint), lossScale(state));
}

export interface MixedUpdate extends Update {
  /** bool scalar: whether every gradient was finite, and so the update was taken. */
  readonly finite: Value;
}

/**
 * The update of the masters by scaled gradients: cast to the masters' format, unscaled, and taken only if all of them are finite.
 * @param gradients of the scaled loss with respect to the network's weights, by the masters' names; in either format
 * @param formats of the network, and of the masters and the state; default: those of the precision `mixed`
 *
 * @example
 * ```ts
 * import { applyMixed, formatType, input, sgd } from "nonsmooth";
 *
 * const w = input("w", "f32", [2]);
 * const scaled = input("g", "f16", [2]);
 * const { finite, parameters } = applyMixed(sgd({ lr: 0.1 }), new Map([["w", w]]), new Map([["w", scaled]]));
 * console.log(formatType(finite), formatType(parameters.get("w")!)); // bool[] f32[2]
 * ```
 */
export function applyMixed(
  optimizer: Optimizer,
  masters: ReadonlyMap<string, Value>,
  gradients: ReadonlyMap<string, Value>,
  { state }: FormatPair = MIXED,
): MixedUpdate {
  for (const [name, master] of masters) requireState(`parameter ${name}`, master, state);
  const scaled = new Map([...gradients].map(([name, g]) => [name, ops.cast(g, state)]));
  const inverse = ops.div(constant(state, 1), lossScale(state));
  const unscaled = new Map([...scaled].map(([name, g]) => [name, ops.mul(g, inverse)]));
  const update = applyOptimizer(optimizer, masters, unscaled);
  const finite = allFinite([...scaled.values()], state);
  return {
    ...update,
    parameters: chosen(finite, update.parameters, masters),
    state: chosen(finite, update.state, update.stateInputs),
    finite,
  };
}

/** Whether every element is finite: 0·x is 0 where x is, and NaN where it is not, and NaN survives a sum. */
function allFinite(values: readonly Value[], format: FormatName): Value {
  const zero = constant(format, 0);
  const marks = values.map((x) => ops.reduceSum(ops.mul(x, zero)));
  return ops.equal(
    marks.reduce((a, b) => ops.add(a, b)),
    zero,
  );
}

const chosen = (finite: Value, updated: ReadonlyMap<string, Value>, old: ReadonlyMap<string, Value>) =>
  new Map([...updated].map(([name, value]) => [name, ops.select(finite, value, old.get(name)!)]));

function requireState(what: string, value: Value, state: FormatName, hint?: string): Value {
  if (value.format !== state) fail(what, `must be ${state} in mixed precision`, formatType(value), hint);
  return value;
}
