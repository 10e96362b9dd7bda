import { apply, formatType, tensor, type Value } from "../ir";
import { fail } from "../util";
import { NONE } from "./cases";
import type { Op } from "./op";

export const countOp: Op = {
  name: "count",
  summary: "the number of truths, as a scalar; fewer than 2^24 of them",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer([x]) {
    if (x?.format !== "bool") fail("count", "operand must be bool", x && formatType(x));
    return { format: "i32", shape: [] };
  },
  evaluate([x], _, out) {
    out[0] = 0;
    for (const truth of x!.data) out[0] += truth;
  },
  cases: () => [
    { name: "some", inputs: [tensor("bool", [1, 0, 1, 1, 0, 0], [2, 3])], attributes: NONE },
    { name: "none", inputs: [tensor("bool", [0, 0])], attributes: NONE },
    { name: "many", inputs: [tensor("bool", new Uint8Array(70_000).fill(1))], attributes: NONE },
  ],
};

/** The number of truths, as an i32 scalar. */
export const count = (x: Value): Value => apply(countOp, [x], {});
