import { ops } from "../ops";
import { fail } from "../util";
import { linearDefault } from "./init";
import type { Layer } from "./layer";

/** x·Wᵀ + b with W [outputs, inputs] and b [outputs], PyTorch's default initialisation. x is [B, inputs]. */
export function linear(name: string, inputs: number, outputs: number): Layer {
  requireWidth(`${name}, inputs`, inputs);
  requireWidth(`${name}, outputs`, outputs);
  const [weight, bias] = [`${name}.weight`, `${name}.bias`];
  return {
    parameters: [
      { name: weight, shape: [outputs, inputs], initialise: linearDefault(inputs) },
      { name: bias, shape: [outputs], initialise: linearDefault(inputs) },
    ],
    apply: (x, p) => ops.matmul(x, p.get(weight)!, { bias: p.get(bias)!, transposeB: true }), // [B, outputs]
  };
}

export function requireWidth(what: string, width: number): void {
  if (!Number.isInteger(width) || width < 1) fail(what, "must be a positive integer", width);
}
