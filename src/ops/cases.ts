/** Operands for the conformance suite and the gradient checks. */
import { type Format, formats } from "../formats";
import { type Shape, size, type Tensor, tensor } from "../ir";
import { stream } from "../util";

/** A format, for code that only needs its name. */
export type Named = Pick<Format, "name">;

/** Numbers at which implementations go wrong: signed zeros, subnormals, limits, infinities, NaN. */
export function specialValues(f: Format): number[] {
  const positive = [0, f.smallestSubnormal, f.smallestNormal, 1 / 3, 1, 1 + 2 * f.unitRoundoff, 2, 6, 7.5, f.largest];
  return [...positive, Number.POSITIVE_INFINITY].flatMap((x) => [x, -x]).concat(Number.NaN);
}

/** One operand of special values. */
export function special(f: Format): Tensor {
  return tensor(f.name, specialValues(f));
}

/** Two operands that hold every pair of special values. */
export function specialPairs(f: Format): [Tensor, Tensor] {
  const values = specialValues(f);
  const name = f.name;
  return [
    tensor(
      name,
      values.flatMap((a) => values.map(() => a)),
    ),
    tensor(
      name,
      values.flatMap(() => values),
    ),
  ];
}

/** Normally distributed numbers, rounded to the format; the same on every call. */
export function random(f: Named, shape: Shape, name: string | number = 0, scale = 1): Tensor {
  const numbers = stream(20211, "case", name, ...shape);
  const values = Float64Array.from({ length: size(shape) }, () => numbers.normal() * scale);
  return tensor(f.name, values, shape);
}

/** Numbers away from zero: |x| in [0.5, 2). */
export function awayFromZero(f: Named, shape: Shape, name: string | number = 0): Tensor {
  const numbers = stream(20212, "case", name, ...shape);
  const draw = () => numbers.uniformIn(0.5, 2) * (numbers.integer(2) === 0 ? 1 : -1);
  return tensor(f.name, Float64Array.from({ length: size(shape) }, draw), shape);
}

export const F64 = formats.f64;
export const NONE = {} as const;
