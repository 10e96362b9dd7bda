/** Matrix products by cuBLAS. A bias is added to the accumulated sum before the one rounding, as the contract says. */
import { type ElementFormat, isNarrow } from "../../../formats";
import { type Shape, size } from "../../../ir";
import type { AttributesOf } from "../../../ops";
import { type Builder, sumFormat } from "../builder";
import type { Cell, Operand } from "../cells";
import { stretched } from "../code/maps";
import { isStoredPlainly } from "../code/numbers";

type Transposes = AttributesOf<"matmul">;

export interface Product extends Transposes {
  readonly a: Operand;
  readonly b: Operand;
  readonly bias?: Operand | undefined;
  /** Of the result. */
  readonly shape: Shape;
  readonly format: ElementFormat;
}

/** op(A)·op(B) + bias, rounded once to the format. */
export function product(builder: Builder, { bias, format, shape, ...own }: Product): Cell {
  const direct = bias === undefined && hasProducts(format);
  const sum = accumulated(builder, { ...own, shape, format: direct ? format : sumFormat(format) });
  if (direct) return sum;
  const operands = [stretched({ cell: sum, shape }, shape)];
  if (bias === undefined) return builder.elementwise({ format, length: sum.length }, operands, ([s]) => s!);
  const row = { cell: bias.cell, shape: alignedBias(bias.shape, shape) };
  return builder.elementwise(
    { format, length: sum.length },
    [...operands, stretched(row, shape)],
    ([s, own]) => `${s} + ${own}`,
  );
}

/** A bias [R, N] of a stack is [R, 1, N]. */
const alignedBias = (bias: Shape, result: Shape): Shape =>
  bias.length === 2 && result.length === 3 ? [bias[0]!, 1, bias[1]!] : bias;

/** Whether cuBLAS writes results of the format; it does not know formats that are stored as numbers of their carrier. */
const hasProducts = (format: ElementFormat): boolean => !isNarrow(format) || !isStoredPlainly(format);

function accumulated(builder: Builder, { a, b, shape, format, transposeA, transposeB }: Omit<Product, "bias">): Cell {
  const [m, n] = shape.slice(-2) as [number, number];
  const k = transposeA ? a.shape.at(-2)! : a.shape.at(-1)!;
  const stack = shape.length === 3 ? shape[0]! : undefined;
  const stride = ({ shape: own }: Operand) => (own.length === 3 ? size(own.slice(1)) : 0);
  const strides = [stride(a), stride(b), m * n] as const;
  return builder.product(
    a.cell,
    b.cell,
    { format, length: size(shape) },
    { m, n, k, transposeA, transposeB, ...(stack === undefined ? {} : { stack }), strides },
  );
}
