import type { Value } from "../ir";
import { ops } from "../ops";
import { fail, requireName } from "../util";
import { type Layer, stateless } from "./layer";

/**
 * A function of each element as a layer: `activation((x) => ops.relu(x))`, or one from `defineActivation`.
 *
 * @example
 * ```ts
 * import { activation, linear, ops, sequential } from "nonsmooth";
 *
 * const square = activation((x) => ops.mul(x, x));
 * console.log(sequential([linear("first", 2, 4), square]).parameters.map(({ name }) => name));
 * // [ 'first.weight', 'first.bias' ]
 * ```
 */
export function activation(f: (x: Value) => Value): Layer {
  if (typeof f !== "function") {
    fail("activation", "must be a function on values", f, 'a name, "relu6", goes to createNetwork as it is');
  }
  return stateless(f);
}

/**
 * max(x, 0) of each element; its kink is `relu.zero`.
 *
 * @example
 * ```ts
 * import { applyNetwork, createEngine, graph, input, relu, tensor } from "nonsmooth";
 *
 * const { output } = applyNetwork(relu, input("x", "f32", [3]));
 * const program = await createEngine().compile(graph({ y: output }));
 * console.log((await program.run({ x: tensor("f32", [-1, 0, 1]) })).y!.data); // Float32Array(3) [ 0, 0, 1 ]
 * ```
 */
export const relu: Layer = activation(ops.relu);
/**
 * Each element clipped to [0, 6]; kinks `relu6.zero` and `relu6.six`.
 *
 * @example
 * ```ts
 * import { applyNetwork, createEngine, graph, input, relu6, tensor } from "nonsmooth";
 *
 * const { output } = applyNetwork(relu6, input("x", "f32", [3]));
 * const program = await createEngine().compile(graph({ y: output }));
 * console.log((await program.run({ x: tensor("f32", [-1, 3, 9]) })).y!.data); // Float32Array(3) [ 0, 3, 6 ]
 * ```
 */
export const relu6: Layer = activation(ops.relu6);
/**
 * Each element clipped to [−1, 1]; kinks `hardTanh.low` and `hardTanh.high`.
 *
 * @example
 * ```ts
 * import { applyNetwork, createEngine, graph, hardTanh, input, tensor } from "nonsmooth";
 *
 * const { output } = applyNetwork(hardTanh, input("x", "f32", [3]));
 * const program = await createEngine().compile(graph({ y: output }));
 * console.log((await program.run({ x: tensor("f32", [-2, 0.5, 2]) })).y!.data); // Float32Array(3) [ -1, 0.5, 1 ]
 * ```
 */
export const hardTanh: Layer = activation(ops.hardTanh);
/**
 * x·relu6(x + 3)/6 of each element; kinks `hardSwish.low` at −3 and `hardSwish.high` at 3.
 *
 * @example
 * ```ts
 * import { applyNetwork, createEngine, graph, hardSwish, input, tensor } from "nonsmooth";
 *
 * const { output } = applyNetwork(hardSwish, input("x", "f32", [3]));
 * const program = await createEngine().compile(graph({ y: output }));
 * console.log((await program.run({ x: tensor("f32", [-3, 0, 3]) })).y!.data); // Float32Array(3) [ 0, 0, 3 ]
 * ```
 */
export const hardSwish: Layer = activation(ops.hardSwish);
/**
 * x where it is positive, otherwise slope·x; its kink is `leakyRelu.zero`.
 * @param slope default 0.01
 *
 * @example
 * ```ts
 * import { applyNetwork, createEngine, graph, input, leakyRelu, tensor } from "nonsmooth";
 *
 * const { output } = applyNetwork(leakyRelu(0.25), input("x", "f32", [3]));
 * const program = await createEngine().compile(graph({ y: output }));
 * console.log((await program.run({ x: tensor("f32", [-4, 0, 1]) })).y!.data); // Float32Array(3) [ -1, 0, 1 ]
 * ```
 */
export const leakyRelu = (slope = 0.01): Layer => activation((x) => ops.leakyRelu(x, slope));

/** The activations that a configuration can name; `leakyRelu` has the slope 0.01. */
const activations = { relu, relu6, leakyRelu: leakyRelu(), hardTanh, hardSwish };

export type ActivationName = keyof typeof activations;

export const activationNames = Object.keys(activations) as ActivationName[];

/** An activation by its name, or one that is a layer already. */
export function activationOf(given: string | Layer): Layer {
  if (typeof given === "function") {
    fail("activation", "must be a name or a layer", given, "activation(f) makes a layer from a function");
  }
  return typeof given === "string" ? activations[requireName("activation", activationNames, given)] : given;
}
