import { apply, formatType, tensor, type Value } from "../ir";
import { fail } from "../util";
import { NONE, random } from "./cases";
import type { Op } from "./op";

export const takeOp: Op = {
  name: "take",
  summary: "rows x[i] of x [N, …] by their indices i32[B], in their order",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer([x, indices]) {
    if (!x || x.shape.length === 0) fail("take", "operand must have at least one axis", x && formatType(x));
    if (indices?.format !== "i32" || indices.shape.length !== 1)
      fail("take", "indices must be i32[B]", indices && formatType(indices));
    return { format: x!.format, shape: [indices!.shape[0]!, ...x!.shape.slice(1)] };
  },
  evaluate([x, indices], _, out) {
    const rows = x!.shape[0]!;
    const length = x!.data.length / rows;
    for (const [k, i] of indices!.data.entries()) {
      if (i < 0 || i >= rows) fail("take", `indices must be 0 to ${rows - 1}`, i);
      for (let j = 0; j < length; j++) out[k * length + j] = x!.data[i * length + j]!;
    }
  },
  cases: (f) => [
    { name: "of a matrix", inputs: [random(f, [5, 3]), tensor("i32", [4, 0, 0, 2])], attributes: NONE },
    { name: "of images", inputs: [random(f, [3, 2, 2, 1]), tensor("i32", [1, 2])], attributes: NONE },
    { name: "of a vector", inputs: [random(f, [4]), tensor("i32", [3, 1])], attributes: NONE },
  ],
};

/**
 * Rows of x [N, …] by indices i32[B], from 0 to N − 1: [B, …]. For data that is already on a device; it has no derivative.
 * Engines need not refuse an index that is out of range.
 */
export const take = (x: Value, indices: Value): Value => apply(takeOp, [x, indices], NONE);
