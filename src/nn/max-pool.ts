import { ops } from "../ops";
import { type Layer, stateless } from "./layer";
import type { PoolOptions } from "./pool";

/** The maximum over windows of images [B, H, W, C]; the derivative at ties is a convention, `maxPool.tie`. */
export const maxPool = (options: PoolOptions): Layer => stateless((x) => ops.maxPool(x, options));
