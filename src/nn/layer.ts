/** Layers, the parts of a network: what they train, what they carry along, and what they draw. */
import type { Shape, Value } from "../ir";
import { fail } from "../util";
import type { Fill } from "./init";

/** A tensor that a layer keeps: its name, its shape, and its initial value. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  /** Fills the values from a stream; rounding to the run's format comes after. */
  readonly initialise: Fill;
}

/** Drawn again for every batch: for each sample, the elements that dropout keeps. */
export interface Mask {
  readonly name: string;
  /** Probability that an element is dropped, in [0, 1). */
  readonly rate: number;
  /** Of one sample: [features] or [H, W, C]. */
  readonly shape: Shape;
}

/** Training normalises by the batch and drops units; evaluation uses the running statistics and keeps every unit. */
export const modes = ["train", "eval"] as const;

export type Mode = (typeof modes)[number];

/** What a layer can use when it is applied. */
export interface Context {
  readonly mode: Mode;
  /** Parameters and buffers, by name. */
  readonly values: ReadonlyMap<string, Value>;
  /** Gives a buffer's value after this batch; once for each buffer. */
  update(name: string, value: Value): void;
  /** Which elements are kept: bool [B, ...shape of the mask]. */
  mask(name: string): Value;
}

/** A network, or a part of one: what it keeps and draws, and what it computes with it. */
export interface Layer {
  /** Trained. */
  readonly parameters: readonly Parameter[];
  /** Carried along, not trained: running statistics. */
  readonly buffers: readonly Parameter[];
  readonly masks: readonly Mask[];
  readonly apply: (x: Value, context: Context) => Value;
}

/**
 * A layer that keeps and draws nothing.
 *
 * @example
 * ```ts
 * import { applyNetwork, formatType, input, ops, stateless } from "nonsmooth";
 *
 * const double = stateless((x) => ops.add(x, x));
 * console.log(formatType(applyNetwork(double, input("x", "f32", [3])).output), double.parameters); // f32[3] []
 * ```
 */
export const stateless = (f: (x: Value) => Value): Layer => ({ parameters: [], buffers: [], masks: [], apply: f });

/**
 * Several layers as one, with a function that applies them. The names of what they keep and draw must differ.
 *
 * @example
 * ```ts
 * import { applyNetwork, combine, formatType, input, linear, ops } from "nonsmooth";
 *
 * const [a, b] = [linear("a", 4, 2), linear("b", 4, 2)];
 * const product = combine("product", [a, b], (x, context) => ops.mul(a.apply(x, context), b.apply(x, context)));
 * console.log(formatType(applyNetwork(product, input("x", "f32", [8, 4])).output)); // f32[8,2]
 * ```
 */
export function combine(what: string, layers: readonly Layer[], apply: Layer["apply"]): Layer {
  requireLayers(what, layers);
  const parameters = layers.flatMap((layer) => layer.parameters);
  const buffers = layers.flatMap((layer) => layer.buffers);
  const masks = layers.flatMap((layer) => layer.masks);
  const names = [...parameters, ...buffers, ...masks].map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail(what, "names of parameters must differ", twice);
  return { parameters, buffers, masks, apply };
}

function requireLayers(what: string, layers: readonly unknown[]): void {
  if (!Array.isArray(layers)) fail(what, "must have an array of layers", layers);
  for (const [i, layer] of layers.entries()) requireLayer(`${what}, layer ${i}`, layer);
}

export function requireLayer(what: string, layer: unknown): void {
  if (typeof layer === "object" && layer !== null && "apply" in layer) return;
  const hint = typeof layer === "function" ? "a function on values becomes a layer by activation(f)" : undefined;
  fail(what, "must be a layer", layer, hint);
}

/**
 * Layers one after another.
 *
 * @example
 * ```ts
 * import { applyNetwork, flatten, formatType, input, linear, relu, sequential } from "nonsmooth";
 *
 * const network = sequential([flatten, linear("first", 784, 64), relu, linear("second", 64, 10)]);
 * console.log(formatType(applyNetwork(network, input("x", "f32", [8, 28, 28, 1])).output)); // f32[8,10]
 * ```
 */
export const sequential = (layers: readonly Layer[]): Layer =>
  combine("sequential", layers, (x, context) => layers.reduce((h, layer) => layer.apply(h, context), x));
