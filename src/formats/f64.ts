import { plainEncoding } from "./encoding";
import type { Format } from "./format";

/** IEEE 754 binary64, "double": the format of JavaScript's numbers. */
export const f64: Format<"f64"> = {
  name: "f64",
  bits: 64,
  precision: 53,
  minExponent: -1022,
  maxExponent: 1023,
  unitRoundoff: 2 ** -53,
  largest: Number.MAX_VALUE,
  smallestNormal: 2 ** -1022,
  smallestSubnormal: Number.MIN_VALUE,
  infinite: true,
  round: (x) => x,
  ulp(x) {
    const magnitude = Math.abs(x);
    if (magnitude < 2 ** -1022) return Number.MIN_VALUE;
    let exponent = Math.floor(Math.log2(magnitude));
    // log2 rounds up just below a power of two
    if (2 ** exponent > magnitude) exponent--;
    return 2 ** (exponent - 52);
  },
  carrier: "f64",
  arithmetic: "f64",
  rounding: "nearest",
  accumulator: "f64",
  encoding: plainEncoding(Float64Array, { safetensors: "F64", onnx: { type: 11, name: "float64" } }),
};
