import { apply, formatType, strides, type Value } from "../ir";
import { fail } from "../util";
import { F64, random } from "./cases";
import type { Op } from "./op";

type Permutation = { readonly permutation: readonly number[] };

export const transposeOp: Op<Permutation> = {
  name: "transpose",
  summary: "the axes in another order: axis i of the result is axis permutation[i] of the operand",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer([x], { permutation }) {
    const rank = x!.shape.length;
    if ([...permutation].sort((a, b) => a - b).join() !== x!.shape.map((_, axis) => axis).join())
      fail("transpose", `must name each of the ${rank} axes of ${formatType(x!)} once`, permutation);
    return { format: x!.format, shape: permutation.map((axis) => x!.shape[axis]!) };
  },
  evaluate([x], { permutation }, out, { type }) {
    const own = strides(x!.shape);
    const result = strides(type.shape);
    for (let i = 0; i < out.length; i++) {
      const from = permutation.reduce(
        (sum, axis, k) => sum + (Math.floor(i / result[k]!) % type.shape[k]!) * own[axis]!,
        0,
      );
      out[i] = x!.data[from]!;
    }
  },
  vjp: ({ g, attributes: { permutation }, ops }) => [
    ops.transpose(
      g,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  replicate: ({ inputs: [x], attributes: { permutation }, ops }) =>
    ops.transpose(x!, [0, ...permutation.map((axis) => axis + 1)]),
  cases: (f) => [
    { name: "matrix", inputs: [random(f, [3, 5])], attributes: { permutation: [1, 0] } },
    { name: "channels first", inputs: [random(f, [2, 3, 4, 5])], attributes: { permutation: [0, 3, 1, 2] } },
  ],
  gradientCases: () => [
    { name: "three axes", inputs: [random(F64, [2, 3, 2])], attributes: { permutation: [1, 2, 0] } },
  ],
};

/** The axes in another order; default: the rows and columns of a matrix are exchanged. */
export const transpose = (x: Value, permutation: readonly number[] = [1, 0]): Value =>
  apply(transposeOp, [x], { permutation });
