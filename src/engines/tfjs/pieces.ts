/** The gradient of piecewise linear functions: g · slope(z), a given number being the slope at each kink. */
import { formats } from "../../formats";
import type { AttributesOf } from "../../ops";
import type { Model, Run } from "./compile";

/**
 * From the leftmost piece outwards. Only a z that is neither above nor below a kink k gets s − (k − z): the number s with its
 * sign, or NaN.
 */
export function pieceGradient({ tf, number }: Model, { at, slopes, chainRule }: AttributesOf<"pieceGradient">): Run {
  const kinks = at.map((k) => number(formats.f32.round(k)));
  const factors = slopes.map((slope) => number(formats.f32.round(slope)));
  return ([z, g, ...taken]) =>
    kinks.reduce(
      (below, k, i) => {
        const slope = tf.sub(taken[i]!, tf.sub(k, z!));
        const atKink = chainRule === "overwrite" ? slope : tf.mul(g!, slope);
        const upTo = tf.where(tf.less(z!, k), below, atKink);
        return tf.where(tf.greater(z!, k), tf.mul(g!, factors[i + 1]!), upTo);
      },
      tf.mul(g!, factors[0]!),
    );
}
