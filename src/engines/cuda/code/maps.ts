/** Which element of an operand belongs to an element of the result: stretched, permuted, or taken by index. */
import { type Shape, sameShape, size, strides } from "../../../ir";
import type { Access, Cell, IndexMap, Operand } from "../cells";

/** Every element reads element 0. */
const SCALAR: IndexMap = { index: () => "0", run: Number.POSITIVE_INFINITY, step: 0 };

/** The operand stretched to a shape, by NumPy's rule. */
export function stretched({ cell, shape }: Operand, result: Shape): Access {
  if (sameShape(shape, result) || (cell.length === size(result) && isAligned(shape, result)))
    return { cell, map: "same" };
  if (cell.length === 1) return { cell, map: SCALAR };
  const lead = result.length - shape.length;
  const own = strides(shape);
  const steps = result.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : own[axis - lead]!));
  return { cell, map: byCoordinates(result, steps) };
}

/** Whether shapes differ only in leading axes of length 1. */
const isAligned = (shape: Shape, result: Shape) =>
  sameShape(
    shape.filter((n) => n !== 1),
    result.filter((n) => n !== 1),
  );

/** Each channel's number, for every element of [..., C]. */
export const perChannel = (cell: Cell): Access =>
  cell.length === 1
    ? { cell, map: SCALAR }
    : { cell, map: { index: (i) => `${i} % ${cell.length}`, run: cell.length, step: 1 } };

/** Axis k of the result is axis permutation[k] of the operand. */
export function permuted({ cell, shape }: Operand, permutation: readonly number[]): Access {
  const own = strides(shape);
  const result = permutation.map((axis) => shape[axis]!);
  return {
    cell,
    map: byCoordinates(
      result,
      permutation.map((axis) => own[axis]!),
    ),
  };
}

/** Rows of x [N, …] by an array of indices. An index out of range reads the nearest row: no kernel may leave its arrays. */
export function taken({ cell, shape }: Operand, rows: Cell): Access {
  const length = size(shape.slice(1));
  const last = shape[0]! - 1;
  const index = (i: string, via: string) =>
    `(long long)(${via}[(${i}) / ${length}] < 0 ? 0 : ${via}[(${i}) / ${length}] > ${last} ? ${last} : ${via}[(${i}) / ${length}]) * ${length} + (${i}) % ${length}`;
  return { cell, map: { index, run: length, step: 1, via: rows } };
}

/** Σ coordinate · step over the axes of a shape; neighbouring axes that step alike are one. */
export function byCoordinates(shape: Shape, steps: readonly number[]): IndexMap {
  const axes = merged(shape, steps);
  const last = axes.at(-1)!;
  const index = (i: string): string => {
    let below = 1;
    const terms: string[] = [];
    for (const [k, { length, step }] of [...axes.entries()].reverse()) {
      const quotient = below === 1 ? `(${i})` : `(${i}) / ${below}`;
      const coordinate = k === 0 ? quotient : `${quotient} % ${length}`;
      if (step !== 0 && length > 1) terms.unshift(step === 1 ? coordinate : `${coordinate} * ${step}`);
      below *= length;
    }
    return terms.length === 0 ? "0" : terms.join(" + ");
  };
  if (last.step > 1) return { index, run: 1, step: 1 };
  // a run begins at a multiple of its length only if all other steps are such multiples
  const others = last.step === 0 ? [] : axes.slice(0, -1).map(({ step }) => step);
  return { index, run: others.reduce(commonDivisor, last.length), step: last.step as 0 | 1 };
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

interface Axis {
  readonly length: number;
  readonly step: number;
}

function merged(shape: Shape, steps: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  for (const [axis, length] of shape.entries()) {
    if (length === 1) continue;
    const step = steps[axis]!;
    const before = axes.at(-1);
    if (before && before.step === step * length) axes[axes.length - 1] = { length: before.length * length, step };
    else axes.push({ length, step });
  }
  return axes.length === 0 ? [{ length: 1, step: 0 }] : axes;
}
