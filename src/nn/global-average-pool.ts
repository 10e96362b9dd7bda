import { ops } from "../ops";
import { type Layer, stateless } from "./layer";

/** The mean of each channel over the whole image: [B, H, W, C] to [B, C]. */
export const globalAveragePool: Layer = stateless((x) => ops.reduceMean(x, [1, 2]));
