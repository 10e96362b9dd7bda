import { apply, formatType, type Value } from "../ir";
import { fail } from "../util";
import { F64, NONE, random } from "./cases";
import type { Op } from "./op";

export const transposeOp: Op = {
  name: "transpose",
  summary: "rows and columns of a matrix exchanged",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer([x]) {
    if (x?.shape.length !== 2) fail("transpose", "operand must be a matrix", x && formatType(x));
    return { format: x!.format, shape: [x!.shape[1]!, x!.shape[0]!] };
  },
  evaluate([x], _, out) {
    const [rows, columns] = x!.shape as [number, number];
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = x!.data[i * columns + j]!;
  },
  vjp: ({ g, ops }) => [ops.transpose(g)],
  cases: (f) => [{ name: "matrix", inputs: [random(f, [3, 5])], attributes: NONE }],
  gradientCases: () => [{ name: "matrix", inputs: [random(F64, [2, 3])], attributes: NONE }],
};

/** Rows and columns of a matrix exchanged. */
export const transpose = (x: Value): Value => apply(transposeOp, [x], {});
