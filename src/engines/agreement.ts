/** Whether a result of an engine agrees with the definition's: bit for bit, or within the bound of its operation. */
import { accumulator, type FormatName, formatOf, isFloat } from "../formats";
import type { Tensor, Type } from "../ir";
import type { Agreement, Op, OpName } from "../ops";
import type { Latitude } from "./engine";

/** Bits of a number, every NaN alike. */
export const sameBits = (a: number, b: number) => Object.is(a, b);

/** What an engine may do beyond the contract, and the definition's result for operands without subnormal numbers. */
export interface Allowance {
  readonly latitude: Latitude;
  readonly flushed: Tensor;
}

/**
 * What is wrong with an engine's result, given the definition's; undefined if it is within the operation's bound.
 * For a sum of n terms t: both are within n·u·Σ|t| of the exact sum, u being the accumulator's roundoff, and each is then
 * rounded once to the format.
 */
export function disagreement(
  record: Op<never>,
  inputs: readonly Tensor[],
  attributes: never,
  expected: Tensor,
  actual: Tensor,
  allowance?: Allowance,
): string | undefined {
  if (actual.data.length !== expected.data.length) return `${actual.data.length} elements, not ${expected.data.length}`;
  const bound = bounds(record.agreement, record, inputs, attributes, expected);
  for (const [i, want] of expected.data.entries()) {
    const got = actual.data[i]!;
    if (sameBits(got, want)) continue;
    const allowed = bound ? bound(i) : 0;
    if (bound && Math.abs(got - want) <= allowed) continue;
    const operands = inputs.map((x) => x.data[x.data.length === expected.data.length ? i : 0]!);
    if (
      allowance &&
      isAllowed(
        record.name as OpName,
        operands[0]!,
        got,
        [want, allowance.flushed.data[i]!],
        expected,
        allowance.latitude,
      )
    )
      continue;
    return `element ${i} of f(${operands.join(", ")}): got ${got}, expected ${want}, allowed difference ${allowed}`;
  }
  return undefined;
}

/** Whether an engine's latitude covers a result that the contract does not. */
export function isAllowed(
  name: OpName,
  x: number,
  got: number,
  wanted: readonly [number, number],
  { format }: Type,
  { flushesSubnormals, losesZeroSigns, ulps, absolute, finiteOnly }: Latitude,
): boolean {
  if (finiteOnly.includes(name) && ![x, ...wanted].every(Number.isFinite)) return true;
  const within = (reference: number) => {
    if (sameBits(got, reference) || (losesZeroSigns && got === reference)) return true;
    if (!isFloat(format) || !Number.isFinite(reference)) return false;
    const { smallestNormal, ulp } = formatOf(format);
    // a subnormal number, or one that lost such an operand
    const flushed = flushesSubnormals && Math.abs(reference) <= smallestNormal ? smallestNormal : 0;
    const allowed = (ulps[name]?.(x) ?? 0) * ulp(reference) + (absolute[name] ?? 0) + flushed;
    return Math.abs(got - reference) <= allowed;
  };
  return wanted.slice(0, flushesSubnormals ? 2 : 1).some(within);
}

/** The operands with a zero of the same sign in the place of subnormal numbers. */
export const flush = ({ format, shape, data }: Tensor): Tensor => {
  if (!isFloat(format)) return { format, shape, data };
  const { smallestNormal } = formatOf(format);
  return { format, shape, data: data.map((x) => (Math.abs(x) < smallestNormal ? 0 * Math.sign(x) : x)) };
};

function bounds(
  agreement: Agreement<never>,
  record: Op<never>,
  inputs: readonly Tensor[],
  attributes: never,
  result: Tensor,
): ((i: number) => number) | undefined {
  if (agreement.kind === "bitwise" || !isFloat(result.format)) return undefined;
  if (agreement.kind === "equal") return () => 0;
  const format = formatOf(result.format as FormatName);
  const u = accumulator(result.format as FormatName).unitRoundoff;
  if (agreement.kind === "approximate") {
    return (i) => agreement.ulps * format.ulp(result.data[i]!) + agreement.absolute * u;
  }
  const terms = agreement.terms(inputs as readonly Type[], attributes);
  const magnitudes = new Float64Array(result.data.length);
  const absolute = inputs.map((x) => ({ ...x, data: x.data.map(Math.abs) }));
  record.evaluate(absolute, attributes, magnitudes, { type: result, accumulate: (x) => x });
  return (i) => 2 * (terms + 1) * u * magnitudes[i]! + (u === format.unitRoundoff ? 0 : format.ulp(result.data[i]!));
}
