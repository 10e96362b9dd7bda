import { apply, type Shape, type Type, type Value } from "../ir";
import { averagePoolOp, places } from "./average-pool";
import { F64, random } from "./cases";
import { requireFloats } from "./elementwise";
import { forWindows, poolGeometries, windowOf } from "./max-pool";
import type { Case, Op } from "./op";
import { replicateSamples } from "./replicas";
import type { Window } from "./window";

type Spread = Window & { readonly shape: Shape };

export const averagePoolGradientOp: Op<Spread> = {
  name: "averagePoolGradient",
  summary: "the gradient of averagePool: an equal share to each place of a window, summed over windows",
  rounds: true,
  agreement: { kind: "sum", terms: (_, attributes) => places(attributes) + 1 },
  infer(inputs, attributes) {
    requireFloats("averagePoolGradient", inputs, 1);
    const x: Type = { format: inputs[0]!.format, shape: attributes.shape };
    averagePoolOp.infer([x], attributes);
    return x;
  },
  evaluate([g], attributes, out, { type, accumulate }) {
    out.fill(0);
    forWindows({ ...type, data: new Uint8Array(0) }, attributes, (i, window) => {
      for (const k of window) if (k >= 0) out[k] = accumulate(out[k]! + g!.data[i]!);
    });
    for (let k = 0; k < out.length; k++) out[k] = accumulate(out[k]! / places(attributes));
  },
  vjp: ({ g, attributes, ops }) => [ops.averagePool(g, attributes)],
  replicate: (context) => {
    const [batch, ...image] = context.attributes.shape;
    const shape = [context.replicas * batch!, ...image];
    return replicateSamples({ ...context, attributes: { ...context.attributes, shape } });
  },
  cases: (f) => spreads(f),
  gradientCases: () => spreads(F64),
};

function spreads(f: Parameters<typeof random>[0]): Case<Spread>[] {
  return poolGeometries.map(({ name, shape, ...window }) => {
    const pooled = averagePoolOp.infer([{ format: "f64", shape }], window).shape;
    return { name, inputs: [random(f, pooled)], attributes: { ...window, shape } };
  });
}

/** The gradient of averagePool with respect to images of the given shape, from that of its result. */
export const averagePoolGradient = (g: Value, window: Window, shape: Shape): Value =>
  apply(averagePoolGradientOp, [g], { ...windowOf(window), shape });
