/** What operations of a kind have in common: the whole record except the derivative. */
import { type Tensor, tensor } from "../ir";
import { awayFromZero, F64, NONE, random, special, specialPairs } from "./cases";
import { inferElementwise, mapElements } from "./elementwise";
import type { Kink, Op } from "./op";
import { replicateElements } from "./replicas";

/** An arithmetic operation on two operands, rounded once. */
export function arithmetic(name: string, formula: string, f: (a: number, b: number) => number): Op {
  return {
    name,
    summary: `${formula}, elementwise; operands stretch from length 1`,
    rounds: true,
    agreement: { kind: "bitwise" },
    infer: (inputs) => inferElementwise(name, inputs, 2),
    evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, f),
    replicate: replicateElements,
    cases: (format) => [
      { name: "special values", inputs: specialPairs(format), attributes: NONE },
      { name: "stretched", inputs: [random(format, [3, 1, 4]), random(format, [5, 1], 1)], attributes: NONE },
      { name: "scalar", inputs: [random(format, [2, 3]), random(format, [], 1)], attributes: NONE },
    ],
    gradientCases: () => [
      { name: "stretched", inputs: [random(F64, [2, 1, 3]), awayFromZero(F64, [4, 1])], attributes: NONE },
      { name: "same shape", inputs: [random(F64, [5]), awayFromZero(F64, [5])], attributes: NONE },
    ],
  };
}

/** A comparison, as truth values; −0 equals 0, and a comparison with NaN is false. */
export function comparison(name: string, formula: string, f: (a: number, b: number) => boolean): Op {
  return {
    name,
    summary: `${formula}, elementwise, as truth values; −0 equals 0, a comparison with NaN is false`,
    rounds: false,
    compares: true,
    agreement: { kind: "bitwise" },
    infer: (inputs) => ({ ...inferElementwise(name, inputs, 2), format: "bool" }),
    evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (a, b) => Number(f(a, b))),
    replicate: replicateElements,
    cases: (format) => [
      { name: "special values", inputs: specialPairs(format), attributes: NONE },
      { name: "scalar", inputs: [random(format, [2, 3]), random(format, [], 1)], attributes: NONE },
    ],
  };
}

/** A function of one operand; `at` are the points at which its gradient is checked, and at which every format is tested: its kinks among them. */
export function unary(
  name: string,
  formula: string,
  f: (x: number) => number,
  { at = random(F64, [6]), rounds = true, agreement = { kind: "bitwise" } }: UnaryOptions = {},
): Op {
  return {
    name,
    summary: `${formula}, elementwise`,
    rounds,
    agreement,
    infer: (inputs) => inferElementwise(name, inputs, 1),
    evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, f),
    replicate: replicateElements,
    cases: (format) => [
      { name: "special values", inputs: [special(format)], attributes: NONE },
      { name: "ordinary", inputs: [random(format, [7, 9], 0, 3)], attributes: NONE },
      { name: "points", inputs: [tensor(format.name, at.data)], attributes: NONE },
    ],
    gradientCases: () => [{ name: "points", inputs: [at], attributes: NONE }],
  };
}

interface UnaryOptions {
  readonly at?: Tensor;
  readonly rounds?: boolean;
  readonly agreement?: Op["agreement"];
}

/** min(max(x, low), high); the two bounds are its kinks, with the value 0 at both. */
export function clipped(name: string, low: Bound, high: Bound, source: string): Op {
  const [below, inside, above] = [low.at - 2, (low.at + high.at) / 2, high.at + 1];
  const at = tensor("f64", [below, low.at, -low.at, inside + 0.3, high.at - 0.5, high.at, above]);
  const clip = (x: number) => (x < low.at ? low.at : x > high.at ? high.at : x);
  const formula = `min(max(x, ${low.at}), ${high.at}), −0 and NaN passed on`;
  const kinks = [low, high].map((bound) => ({ ...bound, default: 0, source }));
  return {
    ...unary(name, formula, clip, { rounds: false, at }),
    compares: true,
    pieces: () => ({ kinks, slopes: [0, 1, 0] }),
  };
}

type Bound = Pick<Kink, "name" | "at">;

/** Points on both sides of a kink at 0, and both zeros. */
export const aroundZero = tensor("f64", [-2, -0.3, -0, 0, 0.3, 2]);

/** Points at which logarithms and roots are defined. */
export const positive = tensor("f64", [0.3, 0.9, 1, 2.5]);
