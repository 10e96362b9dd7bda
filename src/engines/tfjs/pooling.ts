/** Pooling of images [B, H, W, C]. */
import type { Tensor4D, Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { constantValue, isConstant, type Value } from "../../ir";
import type { Model, Run } from "./model";
import type { Tf } from "./package";
import { atPlaces, handedBack, padded, type Windows } from "./windows";

type Pair = [number, number];

/** The maximum over windows; its kernels lose NaN, which a sum over the same windows brings back: step(NaN) is NaN. */
export function maxPool({ tf, number }: Model, windows: Windows): Run {
  const [kernel, stride] = [windows.kernel as Pair, windows.stride as Pair];
  return ([x]) => {
    const images = padded(tf, x!, windows, Number.NEGATIVE_INFINITY);
    const maximum = pool(tf, "max", images, kernel, stride);
    const known = pool(tf, "avg", tf.step(images) as Tensor4D, kernel, stride);
    return tf.add(maximum, tf.mul(known, number(0)));
  };
}

export function averagePool({ tf }: Model, windows: Windows): Run {
  const [kernel, stride] = [windows.kernel as Pair, windows.stride as Pair];
  return ([x]) => pool(tf, "avg", padded(tf, x!, windows), kernel, stride);
}

function pool(tf: Tf, kind: "max" | "avg", x: Tensor4D, kernel: Pair, stride: Pair): TfTensor {
  return kind === "max" ? tf.maxPool(x, kernel, stride, "valid") : tf.avgPool(x, kernel, stride, "valid");
}

export function averagePoolGradient({ tf, number }: Model, windows: Windows): Run {
  const places = windows.kernel[0]! * windows.kernel[1]!;
  return ([g]) => handedBack(tf, new Array<TfTensor>(places).fill(tf.div(g!, number(places))), windows);
}

/** The shares are not computed if β is known to be 0. */
export function maxPoolGradient(model: Model, windows: Windows, tie: Value): Run {
  const { tf } = model;
  const toFirst = isConstant(tie) && constantValue(tie) === 0;
  return ([x, y, g, beta]) => {
    const maxima = maximaOf(tf, x!, y!, windows);
    const firsts = firstOf(model, maxima);
    const weights = toFirst ? firsts : mixed(model, maxima, firsts, beta!);
    return handedBack(
      tf,
      weights.map((weight) => tf.mul(g!, weight)),
      windows,
    );
  };
}

/** Whether several elements of a window are its maximum. */
export function maxPoolTies({ tf, number }: Model, windows: Windows): Run {
  return ([x, y]) => tf.greater(sumOf(tf, maximaOf(tf, x!, y!, windows)), number(1));
}

/** For each place of the windows: 1 where x holds the maximum y. */
function maximaOf(tf: Tf, x: TfTensor, y: TfTensor, windows: Windows): TfTensor[] {
  const images = atPlaces(tf, padded(tf, x, windows, Number.NEGATIVE_INFINITY), windows);
  // padding is no maximum, not even where the maximum is −∞. NaN would say so, but TensorFlow.js takes it for any other filling
  const inside = atPlaces(tf, padded(tf, tf.onesLike(x), windows), windows);
  return images.map((own, i) => tf.mul(tf.cast(tf.equal(own, y), "float32"), inside[i]!));
}

const sumOf = (tf: Tf, terms: readonly TfTensor[]): TfTensor => terms.reduce((sum, term) => tf.add(sum, term));

/** The first 1 among zeros and ones, element by element. */
function firstOf({ tf, number }: Model, truths: readonly TfTensor[]): TfTensor[] {
  let earlier: TfTensor | undefined;
  return truths.map((truth) => {
    const first = earlier === undefined ? truth : tf.mul(truth, tf.sub(number(1), tf.step(earlier)));
    earlier = earlier === undefined ? truth : tf.add(earlier, truth);
    return first;
  });
}

/** β · [is a maximum] / (number of maxima) + (1 − β) · [is the first]. */
function mixed({ tf, number }: Model, truths: readonly TfTensor[], firsts: readonly TfTensor[], beta: TfTensor) {
  const count = sumOf(tf, truths);
  // where the maximum is NaN there is no maximum to share
  const none = tf.sub(number(1), tf.step(count));
  const shares = tf.div(beta, tf.add(count, none));
  const rest = tf.sub(number(1), beta);
  return truths.map((is, i) => tf.add(tf.mul(is, shares), tf.mul(firsts[i]!, rest)));
}
