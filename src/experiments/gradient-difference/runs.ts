/** The initialisations of a configuration, and where their rows stand. */
import type { ChainRule } from "../../autodiff";
import type { UniformId } from "../../formats";
import type { Row } from "../../runs";
import { byColumns } from "../common/jobs";
import { runsIn } from "../common/keys";
import type { GradientDifferenceConfig } from "./config";

/** One initialisation in a precision; it is looked at under every chain rule. */
export interface Job {
  readonly precision: UniformId;
  /** From 0. Runs of the same number are the same network in every precision. */
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

export const cellKey = (of: Cell | Row): string => `${of.precision}/${of.chainRule}`;
export const rowKey = (row: Row): string => `${cellKey(row)}/${row.trial}`;

/** The keys of a job's rows. */
export const keysOf = ({ precision, trial }: Job, { chainRules }: GradientDifferenceConfig): string[] =>
  chainRules.map((chainRule) => rowKey({ precision, chainRule, trial }));

/** Canonical order: precision, chain rule, trial. */
export const compareRows = byColumns("precision", "chainRule", "trial");

/** Floating-point operations of a pass: the forward pass; the backward sweeps behind a hit are left out. */
export const flop = ({ width, depth, images }: GradientDifferenceConfig, features: number, classes: number): number =>
  2 * images * (features * width + (depth - 1) * width * width + classes * width);
