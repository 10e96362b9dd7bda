import { accumulator, type FormatName } from "../formats";
import { apply, size, type Type, type Value } from "../ir";
import { F64, random } from "./cases";
import type { Op } from "./op";
import { type Axes, inferReduction, keptShape, reduceReplicas, sumInto } from "./reduction";

const terms = ([x]: readonly Type[], { axes }: Axes) => size(axes.map((axis) => x!.shape.at(axis)!));

export const reduceMeanOp: Op<Axes> = {
  name: "reduceMean",
  summary: "the mean over axes, which are dropped",
  rounds: true,
  agreement: { kind: "sum", terms },
  infer: (inputs, attributes) => inferReduction("reduceMean", inputs, attributes),
  evaluate([x], attributes, out, { accumulate }) {
    sumInto(x!, attributes, out, accumulate);
    const n = terms([x!], attributes);
    for (let j = 0; j < out.length; j++) out[j] = accumulate(out[j]! / n);
  },
  // d(mean x) = Σ dx / n, where n may be too large for a narrow format
  vjp({ g, inputs: [x], attributes, ops }) {
    const format = g.format as FormatName;
    const wide = accumulator(format).name;
    const n = ops.constant(wide, terms([x!], attributes));
    const share = ops.cast(ops.div(ops.cast(g, wide), n), format);
    return [ops.broadcast(ops.reshape(share, keptShape(x!.shape, attributes.axes)), x!.shape)];
  },
  replicate: (context) => reduceReplicas(context, context.ops.reduceMean),
  cases: (f) => [
    { name: "rows", inputs: [random(f, [5, 300])], attributes: { axes: [1] } },
    { name: "all", inputs: [random(f, [4, 6])], attributes: { axes: [0, 1] } },
    { name: "channels of images", inputs: [random(f, [3, 4, 5, 6])], attributes: { axes: [0, 1, 2] } },
    { name: "channels of stacked images", inputs: [random(f, [2, 3, 4, 5, 6])], attributes: { axes: [1, 2, 3] } },
  ],
  gradientCases: () => [{ name: "rows", inputs: [random(F64, [2, 3])], attributes: { axes: [-1] } }],
};

/** The mean over axes (default: all), which are dropped; accumulated in f32, or in f64 for f64. */
export const reduceMean = (x: Value, axes: readonly number[] = x.shape.map((_, axis) => axis)): Value =>
  apply(reduceMeanOp, [x], { axes });
