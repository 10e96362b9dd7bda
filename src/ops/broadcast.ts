import { apply, broadcastShapes, requireLengths, type Shape, sameShape, type Value } from "../ir";
import { fail } from "../util";
import { F64, random } from "./cases";
import { mapElements, requireFloats, stretchBack } from "./elementwise";
import type { Op } from "./op";
import { lineUp } from "./replicas";

type To = { readonly shape: Shape };

export const broadcastOp: Op<To> = {
  name: "broadcast",
  summary: "the operand repeated along axes of length 1, to a shape",
  rounds: false,
  agreement: { kind: "bitwise" },
  infer(inputs, { shape }) {
    requireFloats("broadcast", inputs, 1);
    requireLengths("broadcast", shape);
    const common = broadcastShapes("broadcast", [inputs[0]!.shape, shape]);
    if (!sameShape(common, shape)) fail("broadcast", `operand must stretch to [${shape.join(",")}]`, inputs[0]!.shape);
    return { format: inputs[0]!.format, shape };
  },
  evaluate: (inputs, { shape }, out) => mapElements(inputs, out, shape, (x) => x),
  vjp: ({ g, inputs: [x], ops }) => [stretchBack(ops, g, x!.shape)],
  replicate: ({ inputs: [x], attributes: { shape }, replicas, ops }) =>
    ops.broadcast(lineUp(ops, x!, shape.length), [replicas, ...shape]),
  cases: (f) => [
    { name: "row to matrix", inputs: [random(f, [4])], attributes: { shape: [3, 4] } },
    { name: "column to matrix", inputs: [random(f, [3, 1])], attributes: { shape: [3, 4] } },
    { name: "scalar", inputs: [random(f, [])], attributes: { shape: [2, 2] } },
  ],
  gradientCases: () => [{ name: "column", inputs: [random(F64, [3, 1])], attributes: { shape: [2, 3, 2] } }],
};

/** The operand repeated along axes of length 1 (and new leading axes), to a shape. */
export const broadcast = (x: Value, shape: Shape): Value => apply(broadcastOp, [x], { shape });
