/** The initialisations of a configuration, and the cells in which their rows are counted. */
import type { ChainRule } from "../../autodiff";
import type { UniformId } from "../../formats";
import { runsIn } from "../common/keys";
import type { GradientDifferenceConfig } from "./config";

/** One initialisation in a precision; it is looked at under every chain rule. */
export interface Job {
  readonly precision: UniformId;
  /** From 0. Runs with the same number are the same network in every precision. */
  readonly trial: number;
}

/** What is counted together. */
export interface Cell {
  readonly precision: UniformId;
  readonly chainRule: ChainRule;
}

export const jobs = (config: GradientDifferenceConfig): Job[] =>
  config.precisions.flatMap((precision) =>
    Array.from({ length: runsIn(config.runs, precision) }, (_, trial) => ({ precision, trial })),
  );

export const cells = ({ precisions, chainRules }: GradientDifferenceConfig): Cell[] =>
  precisions.flatMap((precision) => chainRules.map((chainRule) => ({ precision, chainRule })));

export const cellKey = ({ precision, chainRule }: Cell): string => `${precision}/${chainRule}`;

/** Floating-point operations of a pass: the forward pass; the backward sweeps after a hit are left out. */
export const flop = ({ width, depth, images }: GradientDifferenceConfig, features: number, classes: number): number =>
  2 * images * (features * width + (depth - 1) * width * width + classes * width);
