import { encoding16 } from "./encoding";
import { narrowFormat } from "./float-format";
import type { Format } from "./format";

/** bfloat16, "brain": the exponents of f32 with an 8-bit significand; 1.2e-38 … 3.4e38, subnormals down to 9.2e-41. */
export const bf16: Format<"bf16"> = {
  ...narrowFormat("bf16", 16, 8, 127),
  name: "bf16",
  carrier: "f32",
  arithmetic: "f32",
  rounding: "nearest",
  accumulator: "f32",
  encoding: encoding16(8, 127, { safetensors: "BF16", onnx: { type: 16, name: "bfloat16" } }),
};
