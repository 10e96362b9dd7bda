import { encoding8 } from "./encoding";
import { narrowFormat } from "./float-format";
import type { Format } from "./format";

const numbers = narrowFormat("e5m2", 8, 3, 15);

/** FP8 E5M2 (Micikevicius et al. 2022; OCP 8-bit Floating Point, 2023): as in IEEE 754; 6.1e-5 … 57344, subnormals down to 1.5e-5. */
export const e5m2: Format<"e5m2"> = {
  ...numbers,
  name: "e5m2",
  carrier: "f32",
  arithmetic: "f32",
  rounding: "nearest",
  accumulator: "f32",
  encoding: encoding8(numbers, { safetensors: "F8_E5M2", onnx: { type: 19, name: "float8e5m2" } }),
};
