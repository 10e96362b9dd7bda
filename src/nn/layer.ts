import type { FormatName } from "../formats";
import { input, type Shape, type Tensor, tensor, type Value } from "../ir";
import { fail, type Stream } from "../util";

/** A trainable tensor: its name, its shape, and how it is drawn. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  /** Fills the values from a stream; rounding to the run's format comes after. */
  readonly initialise: (out: Float32Array, random: Stream) => void;
}

/** A network, or a part of one: what it trains, and what it computes with it. */
export interface Layer {
  readonly parameters: readonly Parameter[];
  readonly apply: (x: Value, parameters: ReadonlyMap<string, Value>) => Value;
}

/** Layers one after another. Their parameters' names have to differ. */
export function sequential(layers: readonly Layer[]): Layer {
  const parameters = layers.flatMap((layer) => layer.parameters);
  const names = parameters.map((parameter) => parameter.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail("sequential", "names of parameters must differ", twice);
  return { parameters, apply: (x, values) => layers.reduce((h, layer) => layer.apply(h, values), x) };
}

/** The parameters of a layer as inputs of a graph, by name. */
export function parameterInputs(layer: Layer, format: FormatName): Map<string, Value> {
  return new Map(layer.parameters.map(({ name, shape }) => [name, input(name, format, shape)]));
}

/**
 * Draws all parameters, in order, from one stream: in f32, then rounded to the format, as a network is built in single
 * precision and then converted by `.half()` or `.double()`. One seed thus gives the same network in every format.
 */
export function initialise(layer: Layer, format: FormatName, random: Stream): Record<string, Tensor> {
  const drawn = layer.parameters.map(({ name, shape, initialise: fill }) => {
    const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
    fill(values, random);
    return [name, tensor(format, values, shape)] as const;
  });
  return Object.fromEntries(drawn);
}
