/** Batch normalisation (Ioffe and Szegedy 2015), with torch.nn.BatchNorm's conventions for the running statistics. */
import type { FormatName } from "../formats";
import { elements, formatType, type Value } from "../ir";
import { ops } from "../ops";
import { fail } from "../util";
import { constantly } from "./init";
import type { Layer, Parameter } from "./layer";
import { requireWidth } from "./linear";

export interface BatchNormOptions {
  /** Share of the newest batch in the running statistics, in [0, 1]; default 0.1. */
  readonly momentum?: number;
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Normalises each channel of x [..., channels], by the batch's statistics in training and by the running statistics in
 * evaluation, then scales by γ (`weight`, from 1) and shifts by β (`bias`, from 0). Training normalises by the biased
 * variance and keeps the unbiased one:
 *
 *     running = (1 − momentum)·running + momentum·batch
 *
 * The running statistics are in the run's format, or in that of the buffers that the network was given.
 *
 * @example
 * ```ts
 * import { batchNorm } from "nonsmooth";
 *
 * const layer = batchNorm("bn", 16);
 * console.log(layer.parameters.map(({ name }) => name), layer.buffers.map(({ name }) => name));
 * // [ 'bn.weight', 'bn.bias' ] [ 'bn.running_mean', 'bn.running_var' ]
 * ```
 */
export function batchNorm(name: string, channels: number, options: BatchNormOptions = {}): Layer {
  const { momentum = 0.1, epsilon = 1e-5 } = options;
  requireWidth(`${name}, channels`, channels);
  if (!(momentum >= 0 && momentum <= 1)) fail(`${name}, momentum`, "must be in [0, 1]", momentum);
  const kept = (part: string, value: number): Parameter => ({
    name: `${name}.${part}`,
    shape: [channels],
    initialise: constantly(value),
  });
  const [weight, bias] = [kept("weight", 1), kept("bias", 0)];
  const [mean, variance] = [kept("running_mean", 0), kept("running_var", 1)];
  return {
    parameters: [weight, bias],
    buffers: [mean, variance],
    masks: [],
    apply(x, { mode, values, update }) {
      const [scale, shift] = [values.get(weight.name)!, values.get(bias.name)!];
      const [oldMean, oldVariance] = [values.get(mean.name)!, values.get(variance.name)!];
      if (mode === "eval") return ops.normalize(x, like(x, oldMean), like(x, oldVariance), scale, shift, epsilon);
      const batch = like(oldMean, x);
      update(mean.name, running(oldMean, batchMean(batch), momentum));
      update(variance.name, running(oldVariance, unbiasedVariance(name, batch), momentum));
      return ops.batchNorm(x, scale, shift, epsilon);
    },
  };
}

const like = (model: Value, x: Value) => ops.cast(x, model.format as FormatName);

const batchMean = (x: Value) =>
  ops.reduceMean(
    x,
    x.shape.slice(0, -1).map((_, axis) => axis),
  );

/** σ²·n/(n − 1), where n is the count of numbers in a channel. */
function unbiasedVariance(name: string, x: Value): Value {
  const n = elements(x) / x.shape.at(-1)!;
  if (n < 2) fail(name, "must have more than one number in each channel in training", formatType(x));
  return ops.mul(ops.batchVariance(x), ops.constant(x.format, n / (n - 1)));
}

function running(old: Value, batch: Value, momentum: number): Value {
  const share = (factor: number, x: Value) => ops.mul(ops.constant(x.format, factor), x);
  return ops.add(share(1 - momentum, old), share(momentum, batch));
}
