/**
 * Dynamic loss scaling on the host, as torch.cuda.amp.GradScaler: a step whose gradients overflow is skipped and halves the
 * scale; 2000 good ones in a row double it. The scale is fed to the graph, which returns whether the step was good.
 *
 * Departure: the scale stays a normal number of its format (PyTorch bounds it above only), so that 1 / scale is finite.
 */
import { type Format, type FormatName, formatOf, precisionOf } from "../formats";
import { fail } from "../util";
import { checkHyperparameters, type Rule } from "./hyperparameters";

export interface LossScalerOptions {
  /** The first scale; default 2^16. */
  readonly initial?: number;
  /** Factor after `interval` good steps; default 2. */
  readonly growth?: number;
  /** Factor after a step that overflowed; default 0.5. */
  readonly backoff?: number;
  /** Good steps in a row before the scale grows; default 2000. */
  readonly interval?: number;
}

/** Plain data, to be kept in a checkpoint. */
export interface LossScale {
  readonly scale: number;
  /** Good steps since the scale last changed. */
  readonly goodSteps: number;
}

export interface LossScaler {
  readonly options: Required<LossScalerOptions>;
  readonly initial: LossScale;
  /** The state after a step: `finite` says whether all its gradients were. */
  next(state: LossScale, finite: boolean): LossScale;
}

const rule = (text: string, holds: (x: number) => boolean): Rule => ({
  text,
  holds: (value) => typeof value === "number" && holds(value),
});
const normal = ({ name, smallestNormal, largest }: Format): Rule =>
  rule(`must be a normal number of ${name} above 0`, (x) => x >= smallestNormal && x <= largest);
const rules = {
  growth: rule("must be finite and above 1", (x) => x > 1 && Number.isFinite(x)),
  backoff: rule("must be in (0, 1)", (x) => x > 0 && x < 1),
  interval: rule("must be a positive integer", (x) => Number.isInteger(x) && x >= 1),
};
const defaults = { initial: 2 ** 16, growth: 2, backoff: 0.5, interval: 2000 };

/**
 * The state machine of a loss scale. It is pure: it keeps nothing itself.
 * @param format of the scale, which is that of the loss; default: that of the precision `mixed`
 */
export function lossScaler(
  options: LossScalerOptions = {},
  format: FormatName = precisionOf("mixed").state,
): LossScaler {
  const { round, smallestNormal } = formatOf(format);
  const normalRule = normal(formatOf(format));
  const own = { initial: normalRule, ...rules };
  const checked = checkHyperparameters<LossScalerOptions>("loss scaler", own, defaults, options);
  const { initial, growth, backoff, interval } = checked;
  return {
    options: checked,
    initial: { scale: round(initial), goodSteps: 0 },
    next({ scale, goodSteps }, finite) {
      requireState(scale, goodSteps, normalRule);
      if (!finite) return { scale: Math.max(round(scale * backoff), smallestNormal), goodSteps: 0 };
      if (goodSteps + 1 < interval) return { scale, goodSteps: goodSteps + 1 };
      const grown = round(scale * growth);
      return { scale: Number.isFinite(grown) ? grown : scale, goodSteps: 0 };
    },
  };
}

function requireState(scale: number, goodSteps: number, { holds, text }: Rule): void {
  if (!holds(scale)) fail("loss scale", text, scale);
  if (!Number.isInteger(goodSteps) || goodSteps < 0)
    fail("loss scale, goodSteps", "must be an integer, at least 0", goodSteps);
}
