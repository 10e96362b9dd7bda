/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW: the parameter shrinks to
 * (1 − lr·wd)·p, and then takes Adam's step (moments.ts) with the plain gradient.
 *
 * The factor comes from the host. With the defaults it is 1 − 1e-5, which is 1 at 16 bits: no decay there.
 */
import { ops } from "../ops";
import { type AdamOptions, adamDefaults, adamRules } from "./adam";
import { checkHyperparameters } from "./hyperparameters";
import { corrections, momentTensors, momentUpdate } from "./moments";
import type { Optimizer } from "./optimizer";

/** As Adam's, except `weightDecay`: default 0.01. */
export type AdamWOptions = AdamOptions;

const defaults = { ...adamDefaults, weightDecay: 0.01 };

/**
 * torch.optim.AdamW. Keeps `<parameter>.adamw.m` and `.adamw.v`; is fed `adamw.stepSize`, `adamw.rootCorrection` and
 * `adamw.shrink`.
 *
 * @example
 * ```ts
 * import { adamw } from "nonsmooth";
 *
 * const { hyperparameters, state } = adamw({ weightDecay: 0.1 });
 * console.log(hyperparameters.weightDecay, state.map(({ name }) => name)); // 0.1 [ 'adamw.m', 'adamw.v' ]
 * ```
 */
export function adamw(options: AdamWOptions = {}): Optimizer {
  const hyperparameters = checkHyperparameters<AdamWOptions>("adamw", adamRules, defaults, options);
  const { weightDecay } = hyperparameters;
  const optimizer: Optimizer<string, "stepSize" | "rootCorrection" | "shrink"> = {
    name: "adamw",
    hyperparameters: { ...hyperparameters },
    state: momentTensors("adamw"),
    scalars: (at) => ({ ...corrections(hyperparameters, at), shrink: 1 - at.lr * weightDecay }),
    update({ parameter, gradient, state, scalars: { shrink, ...scalars } }) {
      const [m, v] = [state["adamw.m"]!, state["adamw.v"]!];
      const next = momentUpdate(hyperparameters, { parameter: ops.mul(shrink, parameter), gradient, m, v, ...scalars });
      return { parameter: next.parameter, state: { "adamw.m": next.m, "adamw.v": next.v } };
    },
  };
  return optimizer;
}
