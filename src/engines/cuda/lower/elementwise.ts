/** Operations that work element by element, as formulas in C. */
import { type FormatName, formatOf } from "../../../formats";
import type { AttributesOf } from "../../../ops";
import type { Formula } from "../cells";
import { literal, storedAs } from "../code/numbers";

export const add: Formula = ([a, b]) => `${a} + ${b}`;
export const sub: Formula = ([a, b]) => `${a} - ${b}`;
export const mul: Formula = ([a, b]) => `${a} * ${b}`;
export const div: Formula = ([a, b]) => `${a} / ${b}`;
export const neg: Formula = ([x]) => `-${x}`;
export const exp: Formula = ([x]) => `exp(${x})`;
export const log: Formula = ([x]) => `log(${x})`;
export const detach: Formula = ([x]) => `${x}`;
export const sqrt: Formula = ([x]) => `sqrt(${x})`;
export const abs: Formula = ([x]) => `fabs(${x})`;
// a NaN fails every comparison, so it is passed on
export const relu: Formula = ([x]) => `${x} < 0 ? 0 : ${x}`;
export const clip =
  (low: number, high: number): Formula =>
  ([x]) =>
    `${x} < ${low} ? ${low} : ${x} > ${high} ? ${high} : ${x}`;
export const hardSwish: Formula = ([x]) => `${x} <= -3 ? 0 : ${x} >= 3 ? ${x} : ${x} * (${x} + 3) / 6`;
// only where neither is larger nor both are equal does the sum count: it is a NaN
export const maximum: Formula = ([a, b]) => `${a} >= ${b} ? ${a} : ${a} < ${b} ? ${b} : ${a} + ${b}`;
export const equal: Formula = ([a, b]) => `${a} == ${b}`;
export const less: Formula = ([a, b]) => `${a} < ${b}`;
export const greater: Formula = ([a, b]) => `${a} > ${b}`;
export const select: Formula = ([condition, a, b]) => `${condition} ? ${a} : ${b}`;
export const same: Formula = ([x]) => x!;

/** A number of the format nearest to x. */
const rounded = (format: FormatName, x: number) => literal(format, formatOf(format).round(x));

export const leakyRelu =
  (format: FormatName, { slope }: AttributesOf<"leakyRelu">): Formula =>
  ([x]) =>
    `${x} < 0 ? ${rounded(format, slope)} * ${x} : ${x}`;

/** g · slope, at the k-th kink g · s or s, and a NaN as it is. */
export const pieceGradient =
  (format: FormatName, { at, slopes, chainRule }: AttributesOf<"pieceGradient">): Formula =>
  ([z, g, ...kinkValues]) => {
    const kinks = at.map((kink, k) => {
      const there = chainRule === "overwrite" ? kinkValues[k] : `${g} * ${kinkValues[k]}`;
      return `${z} == ${rounded(format, kink)} ? ${there} : `;
    });
    // slopes from above the last kink down to below the first
    const between = at.map((kink, k) => `${z} > ${rounded(format, kink)} ? ${rounded(format, slopes[k + 1]!)} : `);
    const slope = `(${between.reverse().join("")}${rounded(format, slopes[0]!)})`;
    return `${kinks.join("")}${z} != ${z} ? ${z} : ${g} * ${slope}`;
  };

/** To the carrier of a format; the caller rounds it there. Between f64 and 16 bits there is one rounding (see `to_odd`). */
export const cast =
  (from: FormatName, to: FormatName): Formula =>
  ([x]) => {
    const [source, target] = [storedAs(from), storedAs(to)];
    if (source.carrier === target.carrier || source.carrier === "float") return `(${target.carrier})${x}`;
    return to === "f32" ? `(float)${x}` : target.round(x!);
  };

/** (x − m) / √(v + ε) · γ + β */
export const normalize =
  (format: FormatName, { epsilon }: AttributesOf<"normalize">): Formula =>
  ([x, mean, variance, scale, shift]) =>
    `(${x} - ${mean}) / sqrt(${variance} + ${literal(storedFormat(format), epsilon)}) * ${scale} + ${shift}`;

/** The format whose numbers are exactly those of the carrier. */
const storedFormat = (format: FormatName): FormatName => formatOf(format).carrier;
