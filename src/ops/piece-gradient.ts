import { type FormatName, formatOf } from "../formats";
import { apply, formatType, requireScalar, type Tensor, type Type, tensor, type Value } from "../ir";
import { fail } from "../util";
import { F64, type Named, random, special } from "./cases";
import { mapElements, requireFloats } from "./elementwise";
import type { Case, Op } from "./op";
import { inEach, requireShared } from "./replicas";

export type ChainRule = "multiply" | "overwrite";
export const chainRules: readonly ChainRule[] = ["multiply", "overwrite"];

type PieceGradient = {
  /** Where the kinks are, ascending. */
  readonly at: readonly number[];
  /** Slopes below, between and above them. */
  readonly slopes: readonly number[];
  readonly chainRule: ChainRule;
};

export const pieceGradientOp: Op<PieceGradient> = {
  name: "pieceGradient",
  summary: "the gradient that a piecewise linear function passes on: g · its slope, with a given value at each kink",
  rounds: true,
  compares: true,
  agreement: { kind: "bitwise" },
  infer(inputs, { at, slopes, chainRule }) {
    requireFloats("pieceGradient", inputs, 2 + at.length);
    const [z, g, ...kinkValues] = inputs as [Type, Type, ...Type[]];
    if (z.shape.join() !== g.shape.join()) fail("pieceGradient", `gradient must be ${formatType(z)}`, formatType(g));
    for (const s of kinkValues) requireScalar("value at a kink", s);
    if (slopes.length !== at.length + 1) fail("pieceGradient", "needs one more slope than kinks", slopes);
    if (!chainRules.includes(chainRule)) fail("chainRule", `must be one of ${chainRules.join(", ")}`, chainRule);
    return z;
  },
  evaluate([z, g, ...kinkValues], { at, slopes, chainRule }, out, { type }) {
    const { round } = formatOf(type.format as FormatName);
    // as engines hold constants: a kink at 0.1 is at the format's number nearest to it
    const [rounded, places] = [slopes, at].map((numbers) => numbers.map((one) => round(one))) as [number[], number[]];
    mapElements([z!, g!], out, type.shape, (x, incoming) => {
      const kink = places.indexOf(x); // −0 equals 0
      if (kink >= 0)
        return chainRule === "overwrite" ? kinkValues[kink]!.data[0]! : incoming * kinkValues[kink]!.data[0]!;
      return Number.isNaN(x) ? x : incoming * rounded[places.filter((k) => x > k).length]!;
    });
  },
  // piecewise constant in z, linear in g
  vjp: ({ g: h, inputs: [z, , ...kinkValues], attributes: { at, slopes, chainRule }, ops }) => {
    if (chainRule === "overwrite")
      fail("gradient", "must be a first derivative where the chain rule is overwrite", chainRule);
    return [undefined, ops.pieceGradient(z!, h, kinkValues, { at, slopes, chainRule })];
  },
  replicate(context) {
    const kinkValues = context.inputs.slice(2);
    requireShared(
      "values at kinks",
      context,
      kinkValues.map((_, k) => k + 2),
    );
    const [z, g] = inEach({ ...context, inputs: context.inputs.slice(0, 2) });
    return context.ops.pieceGradient(z!, g!, kinkValues, context.attributes);
  },
  cases: (f) =>
    chainRules.flatMap((chainRule) => [
      ...[0, 1, 0.5, -2, 3].map((s) => pieceCase(f, special(f), [s], { at: [0], slopes: [0, 1], chainRule })),
      pieceCase(f, special(f), [0.5, -1], { at: [0, 6], slopes: [0, 1, 0], chainRule }),
      pieceCase(f, special(f), [0.25], { at: [0], slopes: [0.01, 1], chainRule }),
      pieceCase(f, special(f), [], { at: [], slopes: [2], chainRule }),
      pieceCase(f, tensor(f.name, [0, 0.1, 0.2, 1 / 3, 1]), [0.25, 3], {
        at: [0.1, 1 / 3],
        slopes: [0, 1, 2],
        chainRule,
      }),
    ]),
  gradientCases: () =>
    [0, 0.5].map((s) =>
      pieceCase(F64, tensor("f64", [-2, -0.5, 0.5, 1]), [s], {
        at: [0],
        slopes: [0, 1],
        chainRule: "multiply",
      }),
    ),
};

function pieceCase(f: Named, z: Tensor, kinkValues: readonly number[], attributes: PieceGradient): Case<PieceGradient> {
  return {
    name: `kinks at ${attributes.at.join(", ")}, ${kinkValues.join(", ")} there, ${attributes.chainRule}`,
    inputs: [z, random(f, z.shape, "g"), ...kinkValues.map((s) => tensor(f.name, s))],
    attributes,
  };
}

/**
 * The gradient passed on by a piecewise linear function of z, g being the incoming one and `kinkValues` the value at each kink:
 * g · slope, and at a kink g · s (`multiply`) or s itself (`overwrite`). −0 equals 0; a NaN in z or in g is passed on.
 */
export function pieceGradient(
  z: Value,
  g: Value,
  kinkValues: readonly Value[],
  { at, slopes, chainRule }: PieceGradient,
): Value {
  return apply(pieceGradientOp, [z, g, ...kinkValues], { at, slopes, chainRule });
}
