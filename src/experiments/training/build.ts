/** A run's network and optimizer, from the configuration. */
import { createNetwork, type ImageShape, type Layer } from "../../nn";
import { createOptimizer, type Optimizer } from "../../optim";
import { ofOptimizer, type SharedConfig } from "./keys";
import type { Cell } from "./runs";

/** What a network is built for. */
export interface Shape {
  readonly inputShape: ImageShape;
  readonly classes: number;
}

/** @throws NonsmoothError for an unknown network, and for options that the network does not have */
export const networkOf = (
  { network, widths }: Pick<SharedConfig, "network" | "widths">,
  { batchNorm, dropout }: Pick<Cell, "batchNorm" | "dropout">,
  { inputShape, classes }: Shape,
): Layer => createNetwork(network, { inputShape, classes, batchNorm, dropout, ...(widths ? { widths } : {}) });

/** @throws NonsmoothError for hyperparameters that do not go together */
export function optimizerOf(
  config: Pick<SharedConfig, "weightDecay" | "momentum" | "nesterov" | "epsilon">,
  { optimizer, learningRate: lr }: Pick<Cell, "optimizer" | "learningRate">,
): Optimizer {
  const weightDecay = ofOptimizer(config.weightDecay, optimizer);
  const { momentum, nesterov, epsilon: eps } = config;
  return createOptimizer(optimizer, { lr, weightDecay, ...(optimizer === "sgd" ? { momentum, nesterov } : { eps }) });
}
