/** What a training has shown so far, as rows and as a curve to draw. */
import { type EpochEvent, type StepEvent, type TrainingEvent, zerosOf } from "../../train";
import { Thinned } from "./thinned";

/** A step; epochs, steps and batches are counted from 1. */
export interface WatchedStep {
  /** The name that `watch` was given; "training" for a single one. */
  readonly training: string;
  readonly step: number;
  readonly epoch: number;
  readonly batch: number;
  /** Of the mini-batch, before its update; nats. */
  readonly loss: number;
}

/** An epoch. A diverged training has NaN in its last one. */
export interface WatchedEpoch {
  readonly training: string;
  readonly epoch: number;
  /** Mean over the mini-batches. */
  readonly trainLoss: number;
  readonly testLoss: number;
  /** On the test images, from 0 to 1. */
  readonly accuracy: number;
}

/** The exact zeros of a layer in an epoch. */
export interface WatchedZeros {
  readonly training: string;
  readonly epoch: number;
  readonly layer: string;
  readonly zeros: number;
}

/** Points of a curve in a picture, at most: with more, curves of mini-batches cover each other. */
const LIMIT = 240;

export class Course {
  readonly losses: WatchedStep[] = [];
  readonly accuracies: WatchedEpoch[] = [];
  readonly curve = new Thinned(LIMIT);
  /** By layer, in the order in which they came. */
  readonly zeros = new Map<string, number>();
  /** Why it has diverged, if it has. */
  diverged: string | null = null;
  /** Whether it gives no more events. */
  ended = false;
  /** The latest step; undefined before the first one. */
  latest: StepEvent | undefined;
  private readonly byEpoch = new Map<number, Map<string, number>>();
  private before = 0;

  constructor(readonly name: string) {}

  /** Steps done, those before a checkpoint included. */
  get done(): number {
    return this.latest ? stepOf(this.latest) : 0;
  }

  /** Steps in all; after the end, as many as there were. */
  get total(): number {
    return this.latest && !this.ended ? this.latest.epochs * this.latest.batches : this.done;
  }

  /** Steps that were done before the first event: a training that continues has some. */
  get skipped(): number {
    return this.before;
  }

  take(event: TrainingEvent): void {
    if (event.kind === "step") this.takeStep(event);
    else this.takeEpoch(event);
  }

  /** A row for each epoch and layer. */
  get zerosRows(): WatchedZeros[] {
    return [...this.byEpoch].flatMap(([epoch, layers]) =>
      [...layers].map(([layer, zeros]) => ({ training: this.name, epoch: epoch + 1, layer, zeros })),
    );
  }

  private takeStep(event: StepEvent): void {
    const { epoch, batch, loss } = event;
    const step = stepOf(event);
    if (!this.latest) this.before = step - 1;
    this.latest = event;
    this.losses.push({ training: this.name, step, epoch: epoch + 1, batch: batch + 1, loss });
    this.curve.add(step, loss);
    const counts = zerosOf(event);
    if (counts.length === 0) return;
    const own = this.byEpoch.get(epoch) ?? new Map<string, number>();
    this.byEpoch.set(epoch, own);
    for (const { layer, zeros } of counts) {
      for (const sums of [own, this.zeros]) sums.set(layer, (sums.get(layer) ?? 0) + zeros);
    }
  }

  private takeEpoch({ epoch, trainLoss, test, diverged }: EpochEvent): void {
    const { loss: testLoss, accuracy } = test ?? { loss: Number.NaN, accuracy: Number.NaN };
    this.accuracies.push({ training: this.name, epoch: epoch + 1, trainLoss, testLoss, accuracy });
    this.diverged = diverged;
  }
}

const stepOf = ({ epoch, batches, batch }: StepEvent): number => epoch * batches + batch + 1;
