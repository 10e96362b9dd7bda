/** The gradient of piecewise linear functions: g · slope(z), a given value at each kink. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { formats } from "../../formats";
import type { AttributesOf } from "../../ops";
import type { Model, Run } from "./model";

type Pieces = AttributesOf<"pieceGradient">;

export function pieceGradient(model: Model, pieces: Pieces): Run {
  const { at, slopes, chainRule } = pieces;
  const general = chosenSlope(model, pieces);
  const isStep = at.length === 1 && at[0] === 0 && slopes[0] === 0 && slopes[1] === 1 && chainRule === "multiply";
  // in WebAssembly arithmetic is ten times as fast as comparisons and choices
  return isStep && model.backend === "wasm" ? stepSlope(model, general) : general;
}

/**
 * relu's slope, [z > 0] + s · (1 − [z > 0] − [−z > 0]), where the value s is a number whose product with 0 is 0. Both brackets are NaN for a
 * NaN.
 */
function stepSlope({ tf, number }: Model, otherwise: Run): Run {
  const one = number(1);
  const slope = (z: TfTensor, s: number): TfTensor => {
    const above = tf.step(z);
    if (s === 0) return above;
    const atKink = tf.sub(tf.sub(one, above), tf.step(tf.neg(z)));
    return tf.add(above, tf.mul(atKink, s));
  };
  return (operands) => {
    const [z, g, kinkValue] = operands as [TfTensor, TfTensor, TfTensor];
    const s = kinkValue.dataSync()[0]!;
    if (!Number.isFinite(s) || Object.is(s, -0)) return otherwise(operands);
    return tf.mul(g, slope(z, s));
  };
}

/**
 * From the leftmost piece outwards. Only a z that is neither above nor below a kink k gets s − (k − z): the value s with its
 * sign, or NaN.
 */
function chosenSlope({ tf, number }: Model, { at, slopes, chainRule }: Pieces): Run {
  const kinks = at.map((k) => number(formats.f32.round(k)));
  const factors = slopes.map((slope) => number(formats.f32.round(slope)));
  // without a kink nothing else looks at z
  if (at.length === 0) return ([z, g]) => tf.where(tf.equal(z!, z!), tf.mul(g!, factors[0]!), z!);
  return ([z, g, ...kinkValues]) =>
    kinks.reduce(
      (below, k, i) => {
        const slope = tf.sub(kinkValues[i]!, tf.sub(k, z!));
        const atKink = chainRule === "overwrite" ? slope : tf.mul(g!, slope);
        const upTo = tf.where(tf.less(z!, k), below, atKink);
        return tf.where(tf.greater(z!, k), tf.mul(g!, factors[i + 1]!), upTo);
      },
      tf.mul(g!, factors[0]!),
    );
}
