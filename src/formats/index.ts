import { bf16 } from "./bf16";
import type { NumberArray } from "./encoding";
import { f16 } from "./f16";
import { f32 } from "./f32";
import { f64 } from "./f64";
import type { Format as AnyFormat } from "./format";

export type { Encoding, NumberArray } from "./encoding";
export { type FloatFormat, narrowFormat } from "./float-format";
export {
  inOrder,
  type Precision,
  type PrecisionId,
  precisionIds,
  precisionOf,
  precisions,
  precisionWords,
  type UniformId,
  uniformIds,
} from "./precisions";

/** Every floating-point format, from narrow to wide. */
export const formats = { f16, bf16, f32, f64 } as const;

export type FormatName = keyof typeof formats;
export type Format = AnyFormat<FormatName>;

/** What an element of a value can be: a floating-point number, an index or a truth value. */
export type ElementFormat = FormatName | "i32" | "bool";

export const formatNames = Object.keys(formats) as FormatName[];

export function isFloat(format: string): format is FormatName {
  return Object.hasOwn(formats, format);
}

/** Whether a format is narrower than its carrier, so that results in the carrier have to be rounded to it. */
export const isNarrow = (format: string): format is FormatName => isFloat(format) && formats[format].carrier !== format;

/** The precision in which a contraction accumulates: f64 for f64, f32 for everything narrower. */
export const accumulator = (format: FormatName): Format => formats[formats[format].accumulator];

const arrays = { f64: Float64Array, f32: Float32Array, i32: Int32Array, bool: Uint8Array } as const;

/** A zero-filled array for `length` elements of a format. */
export function allocate(format: ElementFormat, length: number): NumberArray {
  return new arrays[isFloat(format) ? formats[format].carrier : format](length);
}
