import type { Value } from "../ir";
import { ops } from "../ops";
import type { Layer } from "./layer";

const activation = (f: (x: Value) => Value): Layer => ({ parameters: [], apply: f });

export const relu: Layer = activation(ops.relu);
export const relu6: Layer = activation(ops.relu6);
export const leakyRelu = (slope = 0.01): Layer => activation((x) => ops.leakyRelu(x, slope));
