import { plainEncoding } from "./encoding";
import { narrowFormat } from "./float-format";
import type { Format } from "./format";

/** IEEE 754 binary32, "single". */
export const f32: Format<"f32"> = {
  ...narrowFormat("f32", 32, 24, 127),
  name: "f32",
  round: Math.fround,
  carrier: "f32",
  arithmetic: "f32",
  rounding: "nearest",
  accumulator: "f32",
  encoding: plainEncoding(Float32Array, { safetensors: "F32", onnx: { type: 1, name: "float32" } }),
};
