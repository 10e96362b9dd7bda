import { f32 } from "./f32";
import { narrowFormat } from "./float-format";
import type { Format } from "./format";

/**
 * TensorFloat-32: the exponents of f32 with the significand of f16, 11 bits (NVIDIA A100 whitepaper, 2020). Here every result is a number
 * of the format; a GPU's TF32 mode rounds only the factors of products.
 */
export const tf32: Format<"tf32"> = {
  ...narrowFormat("tf32", 19, 11, 127),
  name: "tf32",
  carrier: "f32",
  // products near the subnormal numbers of f32 would be rounded twice
  arithmetic: "f64",
  rounding: "nearest",
  accumulator: "f32",
  encoding: f32.encoding,
};
