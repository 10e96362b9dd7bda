import { apply, size, tensor, type Value } from "../ir";
import { F64, random } from "./cases";
import type { Op } from "./op";
import { type Axes, inferReduction, keptShape, reduceReplicas, sumInto } from "./reduction";

export const reduceSumOp: Op<Axes> = {
  name: "reduceSum",
  summary: "the sum over axes, which are dropped",
  rounds: true,
  agreement: { kind: "sum", terms: ([x], { axes }) => size(axes.map((axis) => x!.shape.at(axis)!)) },
  infer: (inputs, attributes) => inferReduction("reduceSum", inputs, attributes),
  evaluate: ([x], attributes, out, { accumulate }) => sumInto(x!, attributes, out, accumulate),
  vjp: ({ g, inputs: [x], attributes, ops }) => [
    ops.broadcast(ops.reshape(g, keptShape(x!.shape, attributes.axes)), x!.shape),
  ],
  replicate: (context) => reduceReplicas(context, context.ops.reduceSum),
  cases: (f) => [
    { name: "rows", inputs: [random(f, [5, 300])], attributes: { axes: [1] } },
    { name: "columns", inputs: [random(f, [300, 5])], attributes: { axes: [0] } },
    { name: "two of three", inputs: [random(f, [4, 3, 6])], attributes: { axes: [0, 2] } },
    { name: "all", inputs: [random(f, [4, 6])], attributes: { axes: [0, 1] } },
    { name: "channels of images", inputs: [random(f, [3, 4, 5, 6])], attributes: { axes: [0, 1, 2] } },
    { name: "channels of stacked images", inputs: [random(f, [2, 3, 4, 5, 6])], attributes: { axes: [1, 2, 3] } },
    {
      name: "special values",
      inputs: [tensor(f.name, [1, Number.NaN, Number.POSITIVE_INFINITY, 1, 0, -0, f.largest, f.largest], [4, 2])],
      attributes: { axes: [1] },
    },
  ],
  gradientCases: () => [{ name: "two of three", inputs: [random(F64, [2, 3, 2])], attributes: { axes: [0, 2] } }],
};

/** The sum over axes (default: all), which are dropped; accumulated in f32, or in f64 for f64. */
export const reduceSum = (x: Value, axes: readonly number[] = x.shape.map((_, axis) => axis)): Value =>
  apply(reduceSumOp, [x], { axes });
