/** What is trained: arms, that differ in what happens at an exact zero, in each cell, and jobs, that are all arms of one start. */
import type { UniformId } from "../../formats";
import type { ChainRule } from "../../ops";
import type { HarmConfig } from "./config";

/** What happens to the gradient at an exact zero. */
export interface Arm {
  /** "zero", "null", "multiply 1", "overwrite 1/batch" */
  readonly arm: string;
  /** ReLU'(0) */
  readonly value: number;
  readonly chainRule: ChainRule;
}

/** The arm that the others are compared with, and the one that differs from it by a rounding. */
export const ZERO = "zero";
export const NULL = "null";

/** Every arm, the one with ReLU'(0) = 0 first. */
export function armsOf({ multiply, overwrite, batchSize }: HarmConfig): Arm[] {
  const at = (chainRule: ChainRule) => (given: number | "1/batch") => ({
    arm: `${chainRule} ${given}`,
    value: given === "1/batch" ? 1 / batchSize : given,
    chainRule,
  });
  return [
    { arm: ZERO, value: 0, chainRule: "multiply" },
    { arm: NULL, value: 0, chainRule: "multiply" },
    ...multiply.map(at("multiply")),
    ...overwrite.map(at("overwrite")),
  ];
}

/** A network in a precision. */
export interface Cell {
  readonly batchNorm: boolean;
  readonly precision: UniformId;
}

/** All arms from one start, so that pairs are complete. */
export interface Job extends Cell {
  /** From 0. */
  readonly trial: number;
}

export const cells = ({ batchNorm, precisions }: HarmConfig): Cell[] =>
  batchNorm.flatMap((on) => precisions.map((precision) => ({ batchNorm: on, precision })));

export const jobs = (config: HarmConfig): Job[] =>
  cells(config).flatMap((cell) => Array.from({ length: config.runs }, (_, trial) => ({ ...cell, trial })));

export const cellKey = ({ batchNorm, precision }: Cell): string => `${batchNorm}/${precision}`;
export const jobKey = (of: Job): string => `${cellKey(of)}/${of.trial}`;
