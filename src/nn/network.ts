/** A network in a graph: its inputs, its output, and its initial numbers. */
import type { FormatName } from "../formats";
import { formatType, input, sameType, size, type Tensor, tensor, type Value } from "../ir";
import { fail, type Stream } from "../util";
import { dropoutMask } from "./dropout";
import { type Context, type Layer, type Mode, modes, type Parameter } from "./layer";

export interface ApplyOptions {
  /** Default `train`. */
  readonly mode?: Mode;
  /** Default: inputs of the graph, `parameterInputs` in the format of x. */
  readonly parameters?: ReadonlyMap<string, Value>;
  /** Default: inputs of the graph, `bufferInputs` in the format of x. */
  readonly buffers?: ReadonlyMap<string, Value>;
}

/** What a network computes, and from which inputs. */
export interface Applied {
  readonly output: Value;
  readonly parameters: ReadonlyMap<string, Value>;
  readonly buffers: ReadonlyMap<string, Value>;
  /** The buffers after this batch; empty in evaluation. */
  readonly newBuffers: ReadonlyMap<string, Value>;
  /** Inputs that `drawMasks` fills, bool [B, ...]; empty in evaluation. */
  readonly masks: ReadonlyMap<string, Value>;
}

/**
 * Applies a network to a batch.
 *
 *     const { output, parameters, newBuffers } = applyNetwork(network, input("x", "f32", [128, 32, 32, 3]));
 *     const loss = crossEntropy(output, input("labels", "i32", [128]));
 *     const step = graph({ loss, ...Object.fromEntries(newBuffers) });        outputs are fed back under their names
 *
 * @param x [B, ...]; its format is the format of the run
 *
 * @example
 * ```ts
 * import { applyNetwork, formatType, input, linear, relu, sequential } from "nonsmooth";
 *
 * const network = sequential([linear("fc", 4, 2), relu]);
 * const { output, parameters } = applyNetwork(network, input("x", "f32", [8, 4]));
 * console.log(formatType(output), [...parameters.keys()]); // f32[8,2] [ 'fc.weight', 'fc.bias' ]
 * ```
 */
export function applyNetwork(network: Layer, x: Value, options: ApplyOptions = {}): Applied {
  const format = x.format as FormatName;
  const { mode = "train", parameters = parameterInputs(network, format) } = options;
  const { buffers = bufferInputs(network, format) } = options;
  requireAll("parameters", network.parameters, parameters);
  requireAll("buffers", network.buffers, buffers);
  if (!modes.includes(mode)) fail("mode", `must be one of ${modes.join(", ")}`, mode);
  const newBuffers = new Map<string, Value>();
  const masks = new Map<string, Value>();
  const context: Context = {
    mode,
    values: new Map([...parameters, ...buffers]),
    update(name, value) {
      const buffer = requireKnown("buffer", name, buffers.get(name));
      if (!sameType(value, buffer)) fail(`buffer ${name}`, `must stay ${formatType(buffer)}`, formatType(value));
      if (newBuffers.has(name)) fail(`buffer ${name}`, "must be updated once", formatType(value));
      newBuffers.set(name, value);
    },
    mask(name) {
      const found = network.masks.find((mask) => mask.name === name);
      const { shape } = requireKnown("mask", name, found);
      const mask = input(name, "bool", [x.shape[0]!, ...shape]);
      masks.set(name, mask);
      return mask;
    },
  };
  return { output: network.apply(x, context), parameters, buffers, newBuffers, masks };
}

const requireKnown = <T>(what: string, name: string, found: T | undefined): T =>
  found ?? fail(what, "must be named by the network", name);

function requireAll(what: string, needed: readonly Parameter[], given: ReadonlyMap<string, Value>): void {
  for (const { name, shape } of needed) {
    const value = given.get(name);
    if (value?.shape.join() !== shape.join())
      fail(what, `must hold ${name} of shape [${shape}]`, value && formatType(value));
  }
}

/**
 * The parameters of a network as inputs of a graph, by name.
 *
 * @example
 * ```ts
 * import { formatType, linear, parameterInputs } from "nonsmooth";
 *
 * const inputs = parameterInputs(linear("fc", 4, 2), "f32");
 * console.log([...inputs].map(([name, value]) => `${name} ${formatType(value)}`));
 * // [ 'fc.weight f32[2,4]', 'fc.bias f32[2]' ]
 * ```
 */
export const parameterInputs = (layer: Layer, format: FormatName): Map<string, Value> =>
  inputs(layer.parameters, format);

/** The buffers of a network as inputs of a graph, by name. */
export const bufferInputs = (layer: Layer, format: FormatName): Map<string, Value> => inputs(layer.buffers, format);

const inputs = (kept: readonly Parameter[], format: FormatName) =>
  new Map(kept.map(({ name, shape }) => [name, input(name, format, shape)]));

/**
 * Draws all parameters, in order, from one stream, and gives the buffers their initial values: in f32, then rounded to the
 * format, like a network that is built in single precision and then converted with `.half()` or `.double()`. So one seed gives
 * the same network in every format.
 *
 * @example
 * ```ts
 * import { initialise, linear, stream } from "nonsmooth";
 *
 * const weights = initialise(linear("fc", 4, 2), "f16", stream(1));
 * console.log(Object.entries(weights).map(([name, { format, shape }]) => `${name} ${format}[${shape}]`));
 * // [ 'fc.weight f16[2,4]', 'fc.bias f16[2]' ]
 * ```
 */
export function initialise(layer: Layer, format: FormatName, random: Stream): Record<string, Tensor> {
  const drawn = [...layer.parameters, ...layer.buffers].map(({ name, shape, initialise: fill }) => {
    const values = new Float32Array(size(shape));
    fill(values, random);
    return [name, tensor(format, values, shape)] as const;
  });
  return Object.fromEntries(drawn);
}

/**
 * The masks of one batch, by name: bool [batch, ...].
 * @param streamOf the stream of a mask: `(name) => stream(seed, "dropout", step, name)`
 *
 * @example
 * ```ts
 * import { drawMasks, dropout, stream } from "nonsmooth";
 *
 * const masks = drawMasks(dropout("drop", 0.5, [4]), 2, (name) => stream(1, name));
 * console.log(masks.drop!.format, masks.drop!.shape); // bool [ 2, 4 ]
 * ```
 */
export function drawMasks(layer: Layer, batch: number, streamOf: (name: string) => Stream): Record<string, Tensor> {
  const drawn = layer.masks.map(({ name, rate, shape }) => {
    return [name, dropoutMask(streamOf(name), rate, [batch, ...shape])] as const;
  });
  return Object.fromEntries(drawn);
}
