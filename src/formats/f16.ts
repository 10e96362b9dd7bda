import { encoding16 } from "./encoding";
import { narrowFormat } from "./float-format";
import type { Format } from "./format";

/** IEEE 754 binary16, "half": 11-bit significand, 6.1e-5 … 65504, subnormals down to 6.0e-8. */
export const f16: Format<"f16"> = {
  ...narrowFormat("f16", 16, 11, 15),
  name: "f16",
  carrier: "f32",
  arithmetic: "f32",
  rounding: "nearest",
  accumulator: "f32",
  encoding: encoding16(11, 15, { safetensors: "F16", onnx: { type: 10, name: "float16" } }),
};
