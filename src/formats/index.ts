import { fail } from "../util";
import { f16 } from "./f16";
import { f32 } from "./f32";
import { f64 } from "./f64";
import type { FloatFormat } from "./float-format";

export { type FloatFormat, narrowFormat } from "./float-format";
export { fromHalfBits, toHalfBits } from "./half-bits";

/** Every floating-point format, from narrow to wide. */
export const formats = { f16, f32, f64 } as const;

export type FormatName = keyof typeof formats;

/** What an element of a value can be: a floating-point number, an index or a truth value. */
export type ElementFormat = FormatName | "i32" | "bool";

/** How elements are held in memory: narrow formats as f32 numbers that the format can represent. */
export type NumberArray = Float64Array | Float32Array | Int32Array | Uint8Array;

export const formatNames = Object.keys(formats) as FormatName[];

export function isFloat(format: ElementFormat): format is FormatName {
  return format in formats;
}

/** The format of a width in bits, as users name it: 16, 32 or 64. */
export function formatOfBits(bits: number): FormatName {
  const found = formatNames.find((name) => formats[name].bits === bits);
  return found ?? fail("precision", `must be one of ${formatNames.map((n) => formats[n].bits).join(", ")} bits`, bits);
}

/** The precision in which a contraction accumulates: f64 for f64, f32 for everything narrower. */
export function accumulator(format: FormatName): FloatFormat {
  return format === "f64" ? f64 : f32;
}

/** A zero-filled array for `length` elements of a format. */
export function allocate(format: ElementFormat, length: number): NumberArray {
  if (format === "f64") return new Float64Array(length);
  if (format === "i32") return new Int32Array(length);
  if (format === "bool") return new Uint8Array(length);
  return new Float32Array(length);
}
