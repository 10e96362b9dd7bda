/** What a training tells while it goes on, and at its end. */
import type { Tensor } from "../ir";
import type { Evaluation } from "./evaluate";
import type { TrainingState } from "./state";

export interface StepEvent {
  readonly kind: "step";
  /** From 0. */
  readonly epoch: number;
  /** Of the whole training. */
  readonly epochs: number;
  readonly batch: number;
  /** Of an epoch. */
  readonly batches: number;
  readonly loss: number;
  readonly lr: number;
  /** False for a step that mixed precision skipped. */
  readonly taken: boolean;
  /** The outputs of `observe`. */
  readonly observed: Readonly<Record<string, Tensor>>;
}

export interface EpochEvent {
  readonly kind: "epoch";
  readonly epoch: number;
  /** Learning rate of the epoch's first step; only a warm-up changes it within an epoch. */
  readonly lr: number;
  /**
   * Mean of the losses of the epoch's batches, each in training mode before its update; without losses that are not finite,
   * which mixed precision skips; NaN if the training diverged.
   */
  readonly trainLoss: number;
  /** null if the training has diverged, or has no test data. */
  readonly test: Evaluation | null;
  /** Why the training has ended before its last epoch. */
  readonly diverged: string | null;
}

export type TrainingEvent = StepEvent | EpochEvent;

export interface TrainingResult {
  readonly outcome: "finished" | "diverged" | "stopped";
  readonly state: TrainingState;
}
