import { ops } from "../ops";
import { type Layer, stateless } from "./layer";
import type { PoolOptions } from "./pool";

/**
 * The mean over windows of images [B, H, W, C]; zeros of the padding count.
 *
 * @example
 * ```ts
 * import { applyNetwork, averagePool, formatType, input } from "nonsmooth";
 *
 * const { output } = applyNetwork(averagePool({ kernel: 2 }), input("x", "f32", [1, 28, 28, 3]));
 * console.log(formatType(output)); // f32[1,14,14,3]
 * ```
 */
export const averagePool = (options: PoolOptions): Layer => stateless((x) => ops.averagePool(x, options));
