import { type FloatFormat, narrowFormat } from "./float-format";

/** IEEE 754 binary32, "single". */
export const f32: FloatFormat = { ...narrowFormat("f32", 32, 24, 127), round: Math.fround };
