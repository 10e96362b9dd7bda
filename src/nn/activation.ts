import type { Value } from "../ir";
import { ops } from "../ops";
import { fail, requireName } from "../util";
import { type Layer, stateless } from "./layer";

/** A function of each element as a layer: `activation((x) => ops.relu(x))`, or one from `defineActivation`. */
export function activation(f: (x: Value) => Value): Layer {
  if (typeof f !== "function") {
    fail("activation", "must be a function on values", f, 'a name, "relu6", goes to createNetwork as it is');
  }
  return stateless(f);
}

export const relu: Layer = activation(ops.relu);
export const relu6: Layer = activation(ops.relu6);
export const hardTanh: Layer = activation(ops.hardTanh);
export const hardSwish: Layer = activation(ops.hardSwish);
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
