import { ops } from "../ops";
import { channelsLast, type Initialisation, torchDefault } from "./init";
import type { Layer } from "./layer";
import { requireWidth } from "./linear";

export interface Conv2dOptions {
  /** Channels of the images. */
  readonly inputs: number;
  /** Channels of the result. */
  readonly outputs: number;
  /** Rows and columns of the kernel. */
  readonly kernel: number;
  /** Default 1. */
  readonly stride?: number;
  /** Rows and columns of zeros around the image; default 0. */
  readonly padding?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Initialisation of the weights; default PyTorch's. The bias always has PyTorch's default, U(−1/√fanIn, 1/√fanIn). */
  readonly initialisation?: Initialisation;
}

/**
 * Convolution of images [B, H, W, inputs] to [B, H', W', outputs]. Weights are [outputs, kernel, kernel, inputs], drawn
 * in the order of PyTorch's [outputs, inputs, kernel, kernel].
 *
 * @example
 * ```ts
 * import { applyNetwork, conv2d, formatType, input } from "nonsmooth";
 *
 * const layer = conv2d("conv", { inputs: 3, outputs: 16, kernel: 3, padding: 1, stride: 2 });
 * console.log(formatType(applyNetwork(layer, input("x", "f32", [1, 32, 32, 3])).output)); // f32[1,16,16,16]
 * ```
 */
export function conv2d(name: string, options: Conv2dOptions): Layer {
  const { inputs, outputs, kernel, stride = 1, padding = 0, bias = true, initialisation = torchDefault } = options;
  requireWidth(`${name}, inputs`, inputs);
  requireWidth(`${name}, outputs`, outputs);
  requireWidth(`${name}, kernel`, kernel);
  const shape = [outputs, kernel, kernel, inputs];
  const fan = { in: kernel * kernel * inputs, out: kernel * kernel * outputs };
  const weights = { name: `${name}.weight`, shape, initialise: channelsLast(shape, initialisation(fan)) };
  const biases = { name: `${name}.bias`, shape: [outputs], initialise: torchDefault(fan) };
  return {
    parameters: bias ? [weights, biases] : [weights],
    buffers: [],
    masks: [],
    apply: (x, { values }) =>
      ops.conv2d(x, values.get(weights.name)!, { stride, padding, bias: values.get(biases.name) }),
  };
}
