/** Every optimizer, one file each. To add one: its file, and a line in the registry. */
import { requireName } from "../util";
import { type AdamOptions, adam } from "./adam";
import { type AdamWOptions, adamw } from "./adamw";
import type { Optimizer } from "./optimizer";
import { type SgdOptions, sgd } from "./sgd";

export { type AdamOptions, adam } from "./adam";
export { type AdamWOptions, adamw } from "./adamw";
export { type LossScale, type LossScaler, type LossScalerOptions, lossScaler } from "./loss-scale";
export { applyMixed, lossScaleName, type MixedUpdate, networkWeights, scaleLoss } from "./mixed";
export {
  applyOptimizer,
  initialState,
  type Optimizer,
  type StateTensor,
  type StepInfo,
  scalarFeeds,
  type Update,
  type UpdateContext,
  type UpdatedParameter,
} from "./optimizer";
export {
  type ConstantSchedule,
  type CosineSchedule,
  checkSchedule,
  type Schedule,
  type StepSchedule,
  scheduleFactor,
  type WarmupSchedule,
} from "./schedules";
export { type SgdOptions, sgd } from "./sgd";

const registry = { sgd, adam, adamw };

export type OptimizerName = keyof typeof registry;

export const optimizerNames = Object.keys(registry) as OptimizerName[];

/**
 * An optimizer from a configuration.
 * @param name sgd, adam or adamw
 * @param options its hyperparameters; default: its own defaults (sgd has none for lr)
 *
 * @example
 * ```ts
 * import { createOptimizer } from "nonsmooth";
 *
 * console.log(createOptimizer("sgd", { lr: 0.1, momentum: 0.9 }).hyperparameters.momentum); // 0.9
 * ```
 */
export function createOptimizer(
  name: string,
  options: Partial<SgdOptions> | AdamOptions | AdamWOptions = {},
): Optimizer {
  return (registry[requireName("optimizer", optimizerNames, name)] as (options: object) => Optimizer)(options);
}
