import { type Format, type FormatName, formatHint, formatNames, isFloat } from "../formats";
import { apply, formatType, type Tensor, tensor, type Value } from "../ir";
import { fail } from "../util";
import { F64, random, special } from "./cases";
import { mapElements } from "./elementwise";
import type { Op } from "./op";
import { replicateElements } from "./replicas";

type To = { readonly to: FormatName };

/** Halfway between neighbours of f16 (normal, subnormal and at the limits), and just beside, if f can represent that. */
function nearTies(f: Format): Tensor {
  const ties = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 3.5 * 2 ** -24, 0.5 * 2 ** -24, 1.5 * 2 ** -24, 65520, 65519, 2 ** 16];
  return tensor(
    f.name,
    ties.flatMap((x) => [x, -x, x * (1 + 2 ** -40), x * (1 - 2 ** -40)]),
  );
}

export const castOp: Op<To> = {
  name: "cast",
  summary: "the nearest number of another floating-point format, ties to even",
  rounds: true,
  agreement: { kind: "equal" },
  infer(inputs, { to }) {
    const [x] = inputs;
    if (inputs.length !== 1 || !x || !isFloat(x.format))
      fail("cast", "takes one floating-point operand", x && formatType(x));
    if (!isFloat(to)) fail("cast", "target must be a floating-point format", to, formatHint(to));
    return { format: to, shape: x!.shape };
  },
  evaluate: (inputs, _, out, { type }) => mapElements(inputs, out, type.shape, (v) => v),
  vjp: ({ g, inputs: [x], ops }) => [ops.cast(g, x!.format as FormatName)],
  replicate: replicateElements,
  cases: (f) =>
    formatNames.flatMap((to) => [
      { name: `special values to ${to}`, inputs: [special(f)], attributes: { to } },
      { name: `small numbers to ${to}`, inputs: [random(f, [64], to, 2 ** -17)], attributes: { to } },
      { name: `near ties to ${to}`, inputs: [nearTies(f)], attributes: { to } },
    ]),
  gradientCases: () => [{ name: "identity", inputs: [random(F64, [4])], attributes: { to: "f64" } }],
};

/** The nearest number of another floating-point format, ties to even; x itself if it is of that format. */
export const cast = (x: Value, to: FormatName): Value => (x.format === to ? x : apply(castOp, [x], { to }));
