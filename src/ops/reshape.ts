import { apply, requireLengths, type Shape, size, tensor, type Value } from "../ir";
import { fail } from "../util";
import { F64, random } from "./cases";
import type { Op } from "./op";

type To = { readonly shape: Shape };

export const reshapeOp: Op<To> = {
  name: "reshape",
  summary: "the same elements in row-major order, in another shape",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer([x], { shape }) {
    requireLengths("reshape", shape);
    if (size(x!.shape) !== size(shape))
      fail("reshape", `must keep the ${size(x!.shape)} elements`, `[${shape.join(",")}]`);
    return { format: x!.format, shape };
  },
  evaluate: ([x], _, out) => out.set(x!.data),
  vjp: ({ g, inputs: [x], ops }) => [ops.reshape(g, x!.shape)],
  replicate: ({ inputs: [x], attributes: { shape }, replicas, ops }) => ops.reshape(x!, [replicas, ...shape]),
  cases: (f) => [
    { name: "matrix to vector", inputs: [random(f, [3, 4])], attributes: { shape: [12] } },
    { name: "to scalar", inputs: [random(f, [1, 1])], attributes: { shape: [] } },
    { name: "truth values", inputs: [tensor("bool", [1, 0, 1, 1], [4])], attributes: { shape: [2, 1, 2] } },
    { name: "labels", inputs: [tensor("i32", [3, -1, 0, 2], [2, 2])], attributes: { shape: [4] } },
  ],
  gradientCases: () => [{ name: "matrix", inputs: [random(F64, [2, 3])], attributes: { shape: [3, 2] } }],
};

/** The same elements in row-major order, in another shape. */
export const reshape = (x: Value, shape: Shape): Value => apply(reshapeOp, [x], { shape });
