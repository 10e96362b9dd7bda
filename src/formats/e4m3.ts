import { encoding8 } from "./encoding";
import { narrowFormat } from "./float-format";
import type { Format } from "./format";

const numbers = narrowFormat("e4m3", 8, 4, 8, { minExponent: -6, largest: 448, infinite: false });

/**
 * FP8 E4M3 (Micikevicius et al. 2022; OCP 8-bit Floating Point, 2023; PyTorch's float8_e4m3fn): 0.016 … 448, subnormals down to 0.002, no
 * infinity. An overflow gives NaN, as in PyTorch's conversion; nothing is saturated.
 */
export const e4m3: Format<"e4m3"> = {
  ...numbers,
  name: "e4m3",
  carrier: "f32",
  arithmetic: "f32",
  rounding: "nearest",
  accumulator: "f32",
  encoding: encoding8(numbers, { safetensors: "F8_E4M3", onnx: { type: 17, name: "float8e4m3fn" } }),
};
