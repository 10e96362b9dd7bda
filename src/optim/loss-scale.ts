/**
 * Dynamic loss scaling on the host, as torch.cuda.amp.GradScaler: a step whose gradients overflow is skipped and halves the
 * scale; 2000 good ones in a row double it. The scale is fed to the graph, which returns whether the step was good.
 *
 * Departure: the scale stays a normal number of f32 (PyTorch bounds it only from above), so that 1 / scale is finite.
 */
import { formats } from "../formats";
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

const { smallestNormal, largest } = formats.f32;

const rule = (text: string, holds: (x: number) => boolean): Rule => ({
  text,
  holds: (value) => typeof value === "number" && holds(value),
});
const rules = {
  initial: rule("must be a normal number of f32 above 0", (x) => x >= smallestNormal && x <= largest),
  growth: rule("must be finite and above 1", (x) => x > 1 && Number.isFinite(x)),
  backoff: rule("must be in (0, 1)", (x) => x > 0 && x < 1),
  interval: rule("must be a positive integer", (x) => Number.isInteger(x) && x >= 1),
};
const defaults = { initial: 2 ** 16, growth: 2, backoff: 0.5, interval: 2000 };

/** The state machine of a loss scale. It is pure: it keeps nothing itself. */
export function lossScaler(options: LossScalerOptions = {}): LossScaler {
  const checked = checkHyperparameters<LossScalerOptions>("loss scaler", rules, defaults, options);
  const { initial, growth, backoff, interval } = checked;
  return {
    options: checked,
    initial: { scale: Math.fround(initial), goodSteps: 0 },
    next({ scale, goodSteps }, finite) {
      requireState(scale, goodSteps);
      if (!finite) return { scale: Math.max(Math.fround(scale * backoff), smallestNormal), goodSteps: 0 };
      if (goodSteps + 1 < interval) return { scale, goodSteps: goodSteps + 1 };
      const grown = Math.fround(scale * growth);
      return { scale: Number.isFinite(grown) ? grown : scale, goodSteps: 0 };
    },
  };
}

function requireState(scale: number, goodSteps: number): void {
  if (!rules.initial.holds(scale)) fail("loss scale", rules.initial.text, scale);
  if (!Number.isInteger(goodSteps) || goodSteps < 0)
    fail("loss scale, goodSteps", "must be an integer, at least 0", goodSteps);
}
