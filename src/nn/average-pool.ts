import { ops } from "../ops";
import { type Layer, stateless } from "./layer";
import type { PoolOptions } from "./pool";

/** The mean over windows of images [B, H, W, C]; zeros of the padding count. */
export const averagePool = (options: PoolOptions): Layer => stateless((x) => ops.averagePool(x, options));
