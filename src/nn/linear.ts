import { ops } from "../ops";
import { fail } from "../util";
import { torchDefault } from "./init";
import type { Layer } from "./layer";

/**
 * x·Wᵀ + b with W [outputs, inputs] and b [outputs], PyTorch's default initialisation. x is [B, inputs].
 *
 * @example
 * ```ts
 * import { applyNetwork, formatType, input, linear } from "nonsmooth";
 *
 * const { output } = applyNetwork(linear("fc", 784, 10), input("x", "f32", [64, 784]));
 * console.log(formatType(output)); // f32[64,10]
 * ```
 */
export function linear(name: string, inputs: number, outputs: number): Layer {
  requireWidth(`${name}, inputs`, inputs);
  requireWidth(`${name}, outputs`, outputs);
  const [weight, bias] = [`${name}.weight`, `${name}.bias`];
  const draw = torchDefault({ in: inputs, out: outputs });
  return {
    parameters: [
      { name: weight, shape: [outputs, inputs], initialise: draw },
      { name: bias, shape: [outputs], initialise: draw },
    ],
    buffers: [],
    masks: [],
    apply: (x, { values }) => ops.matmul(x, values.get(weight)!, { bias: values.get(bias)!, transposeB: true }), // [B, outputs]
  };
}

export function requireWidth(what: string, width: number): void {
  if (!Number.isInteger(width) || width < 1) fail(what, "must be a positive integer", width);
}
