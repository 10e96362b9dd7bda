import { apply, formatType, normalizeAxes, tensor, type Value } from "../ir";
import { fail } from "../util";
import type { Op } from "./op";
import { type Axes, reduceReplicas, sumInto } from "./reduction";

export const countOp: Op<Axes> = {
  name: "count",
  summary: "the number of truths over axes, which are dropped; fewer than 2^24 of them",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer([x], { axes }) {
    if (x?.format !== "bool") fail("count", "operand must be bool", x && formatType(x));
    const gone = normalizeAxes("count", axes, x!.shape.length);
    return { format: "i32", shape: x!.shape.filter((_, axis) => !gone.includes(axis)) };
  },
  evaluate: ([x], attributes, out) => sumInto(x!, attributes, out, (n) => n),
  replicate: (context) => reduceReplicas(context, context.ops.count),
  cases: () => [
    { name: "some", inputs: [tensor("bool", [1, 0, 1, 1, 0, 0], [2, 3])], attributes: { axes: [0, 1] } },
    { name: "none", inputs: [tensor("bool", [0, 0])], attributes: { axes: [0] } },
    { name: "many", inputs: [tensor("bool", new Uint8Array(70_000).fill(1))], attributes: { axes: [0] } },
    { name: "rows", inputs: [tensor("bool", [1, 0, 1, 1, 0, 0], [2, 3])], attributes: { axes: [1] } },
    {
      name: "last of three",
      inputs: [tensor("bool", [1, 0, 1, 1, 0, 0, 1, 1], [2, 2, 2])],
      attributes: { axes: [-1] },
    },
    {
      name: "two of three",
      inputs: [tensor("bool", [1, 0, 1, 1, 0, 0, 1, 1], [2, 2, 2])],
      attributes: { axes: [0, 2] },
    },
    { name: "scalar", inputs: [tensor("bool", [1], [])], attributes: { axes: [] } },
  ],
};

/** The number of truths over axes (default: all), which are dropped, as i32. */
export const count = (x: Value, axes: readonly number[] = x.shape.map((_, axis) => axis)): Value =>
  apply(countOp, [x], { axes });
