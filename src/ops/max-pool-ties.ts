import { apply, sameType, type Type, type Value } from "../ir";
import { fail } from "../util";
import { requireFloats } from "./elementwise";
import { forWindows, maximaOf, maxPoolOp, poolCases, pooled, windowOf } from "./max-pool";
import type { Op } from "./op";
import { replicateSamples } from "./replicas";
import type { Window } from "./window";

export const maxPoolTiesOp: Op<Window> = {
  name: "maxPoolTies",
  summary: "the windows whose maximum several elements are, as truth values; −0 equals 0, a window with a NaN has none",
  rounds: false,
  compares: true,
  agreement: { kind: "bitwise" },
  infer(inputs, attributes) {
    requireFloats("maxPoolTies", inputs, 2);
    const [x, y] = inputs as [Type, Type];
    const maxima = maxPoolOp.infer([x], attributes);
    if (!sameType(y, maxima)) fail("maxPoolTies", `maxima must be [${maxima.shape.join(",")}]`, y.shape);
    return { format: "bool", shape: y.shape };
  },
  evaluate([x, y], attributes, out) {
    forWindows(x!, attributes, (i, places) => {
      out[i] = Number(maximaOf(x!, places, y!.data[i]!).length > 1);
    });
  },
  replicate: replicateSamples,
  cases: (f) =>
    poolCases(f).map(({ name, inputs: [x], attributes }) => ({
      name,
      inputs: [x!, pooled(x!, attributes)],
      attributes,
    })),
};

/** The windows of x with a tie, bool [B, H', W', C]: several elements are the maximum. y is the result of maxPool. */
export const maxPoolTies = (x: Value, y: Value, window: Window): Value =>
  apply(maxPoolTiesOp, [x, y], windowOf(window));
