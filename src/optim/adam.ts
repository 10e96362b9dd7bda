/** Adam with weight decay as an L2 penalty, as torch.optim.Adam: the formulas of moments.ts with g + wd·p instead of g. */
import { constant } from "../ir";
import { ops } from "../ops";
import { checkHyperparameters, nonNegative, twoBelowOne } from "./hyperparameters";
import { corrections, momentTensors, momentUpdate } from "./moments";
import type { Optimizer } from "./optimizer";

export interface AdamOptions {
  /** Learning rate, before a schedule; default 1e-3. */
  readonly lr?: number;
  /** Decay of the first and of the second moment; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** ε; default 1e-8, which is 0 at 16 bits. */
  readonly eps?: number;
  /** wd; default 0. */
  readonly weightDecay?: number;
}

export const adamRules = { lr: nonNegative, betas: twoBelowOne, eps: nonNegative, weightDecay: nonNegative };
export const adamDefaults = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 } as const;

/**
 * torch.optim.Adam. Keeps `<parameter>.adam.m` and `.adam.v`; is fed `adam.stepSize` and `adam.rootCorrection`.
 *
 * @example
 * ```ts
 * import { adam } from "nonsmooth";
 *
 * const { hyperparameters, state } = adam({ lr: 0.002 });
 * console.log(hyperparameters.lr, state.map(({ name }) => name)); // 0.002 [ 'adam.m', 'adam.v' ]
 * ```
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const hyperparameters = checkHyperparameters<AdamOptions>("adam", adamRules, adamDefaults, options);
  const { weightDecay } = hyperparameters;
  const optimizer: Optimizer<string, "stepSize" | "rootCorrection"> = {
    name: "adam",
    hyperparameters: { ...hyperparameters },
    state: momentTensors("adam"),
    scalars: (at) => corrections(hyperparameters, at),
    update({ parameter, gradient, state, scalars }) {
      const decay = () => ops.mul(constant(parameter.format, weightDecay), parameter);
      const penalized = weightDecay === 0 ? gradient : ops.add(gradient, decay());
      const [m, v] = [state["adam.m"]!, state["adam.v"]!];
      const next = momentUpdate(hyperparameters, { parameter, gradient: penalized, m, v, ...scalars });
      return { parameter: next.parameter, state: { "adam.m": next.m, "adam.v": next.v } };
    },
  };
  return optimizer;
}
