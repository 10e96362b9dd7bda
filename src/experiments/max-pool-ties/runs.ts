/** The trainings of a configuration. */
import { precisionOf, type UniformId } from "../../formats";
import type { Mixture } from "../../nn";
import type { MaxPoolTiesConfig, Pooling } from "./config";

/** What differs between trainings, apart from the start. */
export interface Cell {
  readonly precision: UniformId;
  readonly pooling: Pooling;
  /** β */
  readonly tie: number;
}

export interface Job extends Cell {
  /** From 0. Trainings with the same number start from the same network and see the same mini-batches. */
  readonly trial: number;
}

export const cells = ({ precisions, poolings, ties }: MaxPoolTiesConfig): Cell[] =>
  precisions.flatMap((precision) => poolings.flatMap((pooling) => ties.map((tie) => ({ precision, pooling, tie }))));

export const jobs = (config: MaxPoolTiesConfig): Job[] =>
  cells(config).flatMap((cell) => Array.from({ length: config.runs }, (_, trial) => ({ ...cell, trial })));

export const cellKey = ({ precision, pooling, tie }: Cell): string => `${precision}/${pooling}/${tie}`;
export const jobKey = (of: Job): string => `${cellKey(of)}/${of.trial}`;

/** "16 bits, exact, β = 1000" */
export const cellLabel = ({ precision, pooling, tie }: Cell): string =>
  `${precisionOf(precision).label}, ${pooling}, β = ${tie}`;

export function mixtureOf({ pooling, tie }: Cell): Mixture | undefined {
  return pooling === "exact" ? undefined : { tie, gradient: pooling === "mixed" ? "mixed" : "exact" };
}

/** The values that the backward sweep is told; a mixture with a gradient of its own asks for none. */
export const kinksOf = ({ pooling, tie }: Cell): Readonly<Record<string, number>> =>
  pooling === "mixed" ? {} : { "maxPool.tie": tie };
