import { narrowFormat } from "./float-format";

/** IEEE 754 binary16, "half": 11-bit significand, 6.1e-5 … 65504, subnormals down to 6.0e-8. */
export const f16 = narrowFormat("f16", 16, 11, 15);
