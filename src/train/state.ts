/** What a training carries from step to step, and where in its course it is. */
import { formatPair, isMixed } from "../formats";
import type { Tensor } from "../ir";
import { initialise, type Layer } from "../nn";
import { initialState, type LossScale, type LossScaler, lossScaler, type Optimizer } from "../optim";
import { stream } from "../util";
import { stateFormat, type TrainingPrecision } from "./programs";

/** The position of a training; plain data. */
export interface Position {
  /** Finished epochs. */
  readonly epoch: number;
  /** Finished batches of the current epoch. */
  readonly batch: number;
  /** Updates of the parameters so far; in mixed precision without skipped steps. */
  readonly updates: number;
  /** Sum of the losses of the current epoch's batches, and their number. */
  readonly lossSum: number;
  readonly lossCount: number;
  /** Steps in a row that mixed precision skipped. */
  readonly skipped: number;
  /** Mixed precision only. */
  readonly lossScale: LossScale | null;
}

export interface TrainingState {
  /** Parameters, buffers and the optimizer's state, by name. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly position: Position;
}

/** Of the loss; mixed precision only. */
export function scalerOf(precision: TrainingPrecision): LossScaler | undefined {
  const formats = formatPair(precision);
  return isMixed(formats) ? lossScaler({}, formats.state) : undefined;
}

/** The state before the first step: one seed gives the same network in every precision. */
export function startState(
  network: Layer,
  precision: TrainingPrecision,
  optimizer: Optimizer,
  seed: number,
): TrainingState {
  const drawn = initialise(network, stateFormat(precision), stream(seed, "initialisation"));
  const parameters = new Map(network.parameters.map(({ name }) => [name, drawn[name]!]));
  return {
    tensors: { ...drawn, ...initialState(optimizer, parameters) },
    position: {
      epoch: 0,
      batch: 0,
      updates: 0,
      lossSum: 0,
      lossCount: 0,
      skipped: 0,
      lossScale: scalerOf(precision)?.initial ?? null,
    },
  };
}
