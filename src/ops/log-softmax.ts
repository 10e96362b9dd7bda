import { apply, formatType, tensor, type Value } from "../ir";
import { fail } from "../util";
import { F64, NONE, random } from "./cases";
import { requireFloats } from "./elementwise";
import type { Op } from "./op";

export const logSoftmaxOp: Op = {
  name: "logSoftmax",
  summary: "x − ln Σ eˣ over the last axis, shifted by the maximum so that nothing overflows",
  rounds: true,
  agreement: { kind: "approximate", ulps: 4, absolute: 8 },
  infer(inputs) {
    requireFloats("logSoftmax", inputs, 1);
    if (inputs[0]!.shape.length === 0) fail("logSoftmax", "operand must have an axis", formatType(inputs[0]!));
    return inputs[0]!;
  },
  evaluate([x], _, out) {
    const n = x!.shape.at(-1)!;
    for (let row = 0; row < out.length; row += n) {
      let max = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < n; j++) max = Math.max(max, x!.data[row + j]!);
      let sum = 0;
      for (let j = 0; j < n; j++) sum += Math.exp(x!.data[row + j]! - max);
      for (let j = 0; j < n; j++) out[row + j] = x!.data[row + j]! - max - Math.log(sum);
    }
  },
  // y = x − ln Σ eˣ:  dx = dy − e^y Σ dy
  vjp({ g, output, ops }) {
    const total = ops.reduceSum(g, [-1]);
    const column = ops.reshape(total, [...total.shape, 1]);
    return [ops.sub(g, ops.mul(ops.exp(output), column))];
  },
  replicate: ({ inputs: [x], ops }) => ops.logSoftmax(x!),
  cases: (f) => [
    { name: "ordinary", inputs: [random(f, [6, 10], 0, 3)], attributes: NONE },
    { name: "large", inputs: [tensor(f.name, [1000, 0, -1000, 50, 50, 50], [2, 3])], attributes: NONE },
    { name: "NaN", inputs: [tensor(f.name, [Number.NaN, 0, 1, 1, 2, 3], [2, 3])], attributes: NONE },
  ],
  gradientCases: () => [{ name: "rows", inputs: [random(F64, [2, 4])], attributes: NONE }],
};

/** x − ln Σ eˣ over the last axis. */
export const logSoftmax = (x: Value): Value => apply(logSoftmaxOp, [x], {});
