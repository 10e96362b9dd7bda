import { apply, broadcastShapes, formatType, tensor, type Value } from "../ir";
import { fail } from "../util";
import { F64, NONE, random, special } from "./cases";
import { mapElements, requireFloats, stretchBack } from "./elementwise";
import type { Op } from "./op";
import { replicateElements } from "./replicas";

const alternating = (n: number) =>
  tensor(
    "bool",
    Uint8Array.from({ length: n }, (_, i) => i % 2),
  );

export const selectOp: Op = {
  name: "select",
  summary: "a where the condition holds, b elsewhere; the branch not taken has no influence",
  rounds: false,
  agreement: { kind: "equal" },
  infer([condition, ...branches]) {
    if (condition?.format !== "bool") fail("select", "condition must be bool", condition && formatType(condition));
    requireFloats("select", branches, 2);
    const shape = broadcastShapes("select", [condition!.shape, ...branches.map((type) => type.shape)]);
    return { format: branches[0]!.format, shape };
  },
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (c, a, b) => (c ? a : b)),
  vjp({ g, inputs: [condition, a, b], ops }) {
    const zero = ops.constant(g.format, 0);
    return [
      undefined,
      stretchBack(ops, ops.select(condition!, g, zero), a!.shape),
      stretchBack(ops, ops.select(condition!, zero, g), b!.shape),
    ];
  },
  replicate: replicateElements,
  cases(f) {
    const values = special(f);
    const n = values.data.length;
    return [
      { name: "special values", inputs: [alternating(n), values, random(f, [n])], attributes: NONE },
      { name: "stretched", inputs: [alternating(4), random(f, [3, 1]), random(f, [], 1)], attributes: NONE },
    ];
  },
  gradientCases: () => [
    { name: "stretched", inputs: [alternating(4), random(F64, [3, 1]), random(F64, [], 1)], attributes: NONE },
  ],
};

/** a where the condition holds, b elsewhere; operands stretch from length 1. */
export const select = (condition: Value, a: Value, b: Value): Value => apply(selectOp, [condition, a, b], {});
