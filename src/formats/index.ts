import { fail } from "../util";
import { bf16 } from "./bf16";
import { e4m3 } from "./e4m3";
import { e5m2 } from "./e5m2";
import type { NumberArray } from "./encoding";
import { f16 } from "./f16";
import { f32 } from "./f32";
import { f64 } from "./f64";
import type { Format as AnyFormat } from "./format";
import { formatHint } from "./other-names";
import { isParametric, PARAMETRIC, type ParametricName, parametricFormat } from "./parametric";
import { type FormatPair, type PrecisionId, precisionOf } from "./precisions";
import { tf32 } from "./tf32";

export type { Encoding, NumberArray } from "./encoding";
export { type FloatFormat, narrowFormat } from "./float-format";
export { formatHint } from "./other-names";
export { isParametric, PARAMETRIC, type ParametricName } from "./parametric";
export {
  type FormatPair,
  inOrder,
  isMixed,
  isMixedId,
  isPrecisionId,
  isUniformId,
  type MixedId,
  type Precision,
  type PrecisionId,
  precisionHint,
  precisionIds,
  precisionOf,
  precisionRule,
  precisions,
  precisionWords,
  type UniformId,
  uniformIds,
} from "./precisions";
export { roundStochastically } from "./stochastic";

/**
 * Every floating-point format with a name of its own, from narrow to wide; `parametric.ts` has the others.
 *
 * @example
 * ```ts
 * import { formats } from "nonsmooth";
 *
 * console.log(formats.f16.largest, formats.bf16.unitRoundoff); // 65504 0.00390625
 * ```
 */
export const formats = { e4m3, e5m2, f16, bf16, tf32, f32, f64 } as const;

export type NamedFormat = keyof typeof formats;
export type FormatName = NamedFormat | ParametricName;
export type Format = AnyFormat<FormatName>;

/**
 * The format of a name.
 * @throws NonsmoothError for an unknown one
 *
 * @example
 * ```ts
 * import { formatOf } from "nonsmooth";
 *
 * console.log(formatOf("f16").round(0.1), formatOf("e8p12").precision); // 0.0999755859375 12
 * ```
 */
export const formatOf = (name: FormatName): Format => (isNamed(name) ? formats[name] : parametricFormat(name));

/** What an element of a value can be: a floating-point number, an index or a truth value. */
export type ElementFormat = FormatName | "i32" | "bool";

/**
 * The names of `formats`, from narrow to wide.
 *
 * @example
 * ```ts
 * import { formatNames } from "nonsmooth";
 *
 * console.log(formatNames.join(" ")); // e4m3 e5m2 f16 bf16 tf32 f32 f64
 * ```
 */
export const formatNames = Object.keys(formats) as NamedFormat[];

const isNamed = (format: string): format is NamedFormat => Object.hasOwn(formats, format);

export const isFloat = (format: string): format is FormatName => isNamed(format) || isParametric(format);

/** @throws NonsmoothError for anything that is not the name of a format; a name of other libraries gets ours as the hint */
export function requireFormat(what: string, format: unknown): asserts format is ElementFormat {
  if (typeof format === "string" && (isFloat(format) || format === "i32" || format === "bool")) return;
  fail(
    what,
    `format must be one of ${formatNames.join(", ")}, i32, bool, or ${PARAMETRIC}`,
    format,
    formatHint(format),
  );
}

/** The formats of a precision, or one format for everything. @throws NonsmoothError for an unknown precision */
export const formatPair = (precision: FormatName | PrecisionId): FormatPair =>
  typeof precision === "string" && isFloat(precision)
    ? { format: precision, state: precision }
    : precisionOf(precision);

/** Whether a format is narrower than what holds its numbers: results in the carrier have to be rounded to it. */
export const isNarrow = (format: string): format is FormatName =>
  isFloat(format) && formatOf(format).carrier !== format;

/** The format in which a contraction accumulates: as a rule f64 for f64, and f32 for everything narrower. */
export const accumulator = (format: FormatName): Format => formatOf(formatOf(format).accumulator);

/** Whether a format's sums are accumulated in a wider one and its results rounded to nearest, as hardware does. */
export const isUsual = (format: FormatName): boolean =>
  formatOf(format).rounding === "nearest" && (!isNarrow(format) || formatOf(format).accumulator !== format);

const arrays = { f64: Float64Array, f32: Float32Array, i32: Int32Array, bool: Uint8Array } as const;

/** A zero-filled array for `length` elements of a format. */
export function allocate(format: ElementFormat, length: number): NumberArray {
  return new arrays[isFloat(format) ? formatOf(format).carrier : format](length);
}
