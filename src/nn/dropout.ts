/** Dropout (Srivastava et al. 2014), inverted: kept elements are scaled up in training, and evaluation is the identity. */
import { type Shape, size, type Tensor, wrap } from "../ir";
import { ops } from "../ops";
import { fail, type Stream } from "../util";
import { type Layer, stateless } from "./layer";

/**
 * In training x/(1 − rate) where the mask keeps an element and 0 elsewhere; x itself in evaluation.
 * @param name of the mask, an input of the graph
 * @param rate probability that an element is dropped, in [0, 1); at 0 nothing is drawn
 * @param shape of one sample: [features] or [H, W, C]
 *
 * @example
 * ```ts
 * import { applyNetwork, dropout, input } from "nonsmooth";
 *
 * const layer = dropout("drop", 0.5, [4]);
 * const { masks } = applyNetwork(layer, input("x", "f32", [8, 4]));
 * console.log([...masks.keys()], layer.masks[0]!.rate); // [ 'drop' ] 0.5
 * ```
 */
export function dropout(name: string, rate: number, shape: Shape): Layer {
  requireRate(name, rate);
  if (rate === 0) return stateless((x) => x);
  return {
    parameters: [],
    buffers: [],
    masks: [{ name, rate, shape }],
    apply(x, { mode, mask }) {
      if (mode === "eval") return x;
      const scale = ops.constant(x.format, 1 / (1 - rate));
      return ops.select(mask(name), ops.mul(x, scale), ops.constant(x.format, 0));
    },
  };
}

/** Draws which elements are kept, each with probability 1 − rate: bool of the given shape, including the batch's axis. */
export function dropoutMask(random: Stream, rate: number, shape: Shape): Tensor {
  requireRate("dropout", rate);
  const kept = Uint8Array.from({ length: size(shape) }, () => (random.uniform() >= rate ? 1 : 0));
  return wrap("bool", kept, shape);
}

export function requireRate(what: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) fail(what, "rate must be in [0, 1)", rate);
}
