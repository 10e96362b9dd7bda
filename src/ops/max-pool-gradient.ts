import { apply, requireScalar, sameType, type Tensor, type Type, tensor, type Value } from "../ir";
import { fail } from "../util";
import { type Named, random } from "./cases";
import { requireFloats } from "./elementwise";
import { forWindows, lowest, maximaOf, maxPoolOp, pooled, poolGeometries, tied, windowOf } from "./max-pool";
import type { Case, Op } from "./op";
import { inEach, mergeReplicas, requireShared, splitReplicas } from "./replicas";
import type { Window } from "./window";

/**
 * With T the elements of a window that equal its maximum and β the value at ties, the element k of the window gets
 *
 *     g · ((1 − β)·[k is the first of T] + β·[k ∈ T] / |T|)
 */
export const maxPoolGradientOp: Op<Window> = {
  name: "maxPoolGradient",
  summary: "the gradient of maxPool: β·(equal shares of tied maxima) + (1 − β)·(all to the first), summed over windows",
  rounds: true,
  compares: true,
  agreement: { kind: "approximate", ulps: 2, absolute: 32 },
  infer(inputs, attributes) {
    requireFloats("maxPoolGradient", inputs, 4);
    const [x, y, g, tie] = inputs as [Type, Type, Type, Type];
    const pooled = maxPoolOp.infer([x], attributes);
    for (const type of [y, g]) {
      if (!sameType(type, pooled)) fail("maxPoolGradient", `operands must be [${pooled.shape.join(",")}]`, type.shape);
    }
    requireScalar("maxPool.tie", tie);
    return x;
  },
  evaluate([x, y, g, tie], attributes, out, { accumulate }) {
    const beta = tie!.data[0]!;
    out.fill(0);
    forWindows(x!, attributes, (i, places) => {
      const maxima = maximaOf(x!, places, y!.data[i]!);
      for (const k of places) {
        if (k < 0) continue;
        const shares = maxima.includes(k) ? beta / maxima.length : 0;
        const weight = (k === maxima[0] ? 1 - beta : 0) + shares;
        out[k] = accumulate(out[k]! + g!.data[i]! * weight);
      }
    });
  },
  replicate(context) {
    const { inputs, attributes, replicas, ops } = context;
    requireShared("the value at ties", context, [3]);
    const [x, y, g] = inEach({ ...context, inputs: inputs.slice(0, 3) }).map((operand) =>
      mergeReplicas(ops, operand, 0),
    );
    return splitReplicas(ops, ops.maxPoolGradient(x!, y!, g!, inputs[3]!, attributes), 0, replicas);
  },
  cases: (f) => [0, 1, 0.5, 10].flatMap((beta) => gradientOperands(f, beta)),
};

function gradientOperands(f: Named, beta: number): Case<Window>[] {
  const caseOf = (name: string, x: Tensor, attributes: Window): Case<Window> => {
    const y = pooled(x, attributes);
    return { name: `${name}β = ${beta}`, inputs: [x, y, random(f, y.shape, "g"), tensor(f.name, beta)], attributes };
  };
  return [
    ...poolGeometries.flatMap(({ name, shape, ...attributes }) => [
      caseOf(`${name}, `, random(f, shape), attributes),
      caseOf(`${name}, tied, `, tied(f, shape), attributes),
    ]),
    caseOf("−∞ beside the padding, ", lowest(f), { kernel: [3, 3], stride: [2, 2], padding: [1, 1] }),
  ];
}

/** The gradient of maxPool at x, with the result y, the incoming gradient g and the value β at ties. */
export const maxPoolGradient = (x: Value, y: Value, g: Value, tie: Value, window: Window): Value =>
  apply(maxPoolGradientOp, [x, y, g, tie], windowOf(window));
