import { ops } from "../ops";
import { type Layer, stateless } from "./layer";

/**
 * The mean of each channel over the whole image: [B, H, W, C] to [B, C].
 *
 * @example
 * ```ts
 * import { applyNetwork, formatType, globalAveragePool, input } from "nonsmooth";
 *
 * console.log(formatType(applyNetwork(globalAveragePool, input("x", "f32", [8, 7, 7, 512])).output)); // f32[8,512]
 * ```
 */
export const globalAveragePool: Layer = stateless((x) => ops.reduceMean(x, [1, 2]));
