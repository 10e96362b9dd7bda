import { apply, tensor, type Value } from "../ir";
import { F64, NONE, random } from "./cases";
import { stretchBack } from "./elementwise";
import { arithmetic } from "./families";
import type { Op } from "./op";

const larger = (a: number, b: number) => (a >= b ? a : a < b ? b : Number.NaN);

export const maximumOp: Op = {
  ...arithmetic("maximum", "the larger of a and b, NaN if either is", larger),
  rounds: false,
  compares: true,
  // of two zeros either may be taken
  agreement: { kind: "equal" },
  conventions: [
    {
      name: "tie",
      default: 0.5,
      source: "the share of a; b gets the rest. PyTorch and JAX take 0.5, TensorFlow 1",
      hits: ({ inputs: [a, b], ops }) => ops.equal(a!, b!),
    },
  ],
  // to the larger; at a tie w · g to a and (1 − w) · g to b; where they cannot be compared, the NaN itself
  vjp({ g, inputs: [a, b], output, valueAt, ops }) {
    const [zero, one] = [ops.constant(g.format, 0), ops.constant(g.format, 1)];
    const w = valueAt("tie");
    const tie = ops.equal(a!, b!);
    const gradientOf = (x: Value, other: Value, share: Value) => {
      const untied = ops.select(ops.greater(x, other), g, ops.select(ops.less(x, other), zero, output));
      return stretchBack(ops, ops.select(tie, ops.mul(g, share), untied), x.shape);
    };
    return [gradientOf(a!, b!, w), gradientOf(b!, a!, ops.sub(one, w))];
  },
  // no ties here: conventions at ties have their own tests
  gradientCases: () => [
    { name: "stretched", inputs: [random(F64, [2, 1, 3]), random(F64, [4, 1], 1)], attributes: NONE },
    { name: "zeros apart", inputs: [tensor("f64", [0, -1, 2]), tensor("f64", [1, -0, -0])], attributes: NONE },
  ],
};

/**
 * The larger of a and b, elementwise; operands stretch from length 1. Kink `tie`, where they are equal: the value is the share of the gradient
 * that a gets, and b gets the rest (default 0.5). −0 equals 0. NaN is passed on, forwards and backwards. The chain rule `overwrite` does not
 * concern ties.
 */
export const maximum = (a: Value, b: Value): Value => apply(maximumOp, [a, b], {});
