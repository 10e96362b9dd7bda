import { formatType } from "../ir";
import { ops } from "../ops";
import { fail } from "../util";
import { type Layer, stateless } from "./layer";

/**
 * Images [B, H, W, C] as vectors [B, C·H·W], the channels outermost as in PyTorch, so that a linear layer after it has
 * PyTorch's weights. Vectors stay as they are.
 *
 * @example
 * ```ts
 * import { applyNetwork, flatten, formatType, input } from "nonsmooth";
 *
 * console.log(formatType(applyNetwork(flatten, input("x", "f32", [8, 28, 28, 1])).output)); // f32[8,784]
 * ```
 */
export const flatten: Layer = stateless((x) => {
  const [batch, height, width, channels] = x.shape;
  if (x.shape.length === 2) return x;
  if (x.shape.length !== 4) fail("flatten", "operand must be images [B, H, W, C] or vectors [B, n]", formatType(x));
  const pixels = height! * width!;
  const sameOrder = pixels === 1 || channels === 1;
  const planes = sameOrder ? x : ops.transpose(x, [0, 3, 1, 2]); // [B, C, H, W]
  return ops.reshape(planes, [batch!, channels! * pixels]);
});
