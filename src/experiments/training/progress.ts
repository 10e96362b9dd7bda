/** How far a sweep has come: in steps, with the time left estimated from what steps and evaluations cost. */
import { type Progress, type ProgressMeter, progressMeter } from "../../runs";
import type { TrainingEvent } from "../../train";
import { sumOf } from "../../util";
import { type Cell, labelsOf, type Run } from "./runs";

/** A run as its progress sees it. */
export interface RunProgress {
  readonly run: Run;
  /** Steps in an epoch, the same in all runs. */
  readonly batches: number;
  /** Cost of one step, and of the evaluation after an epoch, in a unit that all runs share. */
  readonly step: number;
  readonly evaluation: number;
  /** Epochs that are already done. */
  readonly done: number;
}

export class SweepProgress {
  private meter: ProgressMeter | undefined;
  private steps = 0;
  private cost = 0;
  private readonly totalSteps: number;
  private readonly totalCost: number;
  private readonly labelOf: (cell: Cell) => string;
  private current: RunProgress | undefined;
  /** Steps of the current run that are counted. */
  private at = 0;

  /** @param report gets the state at once, and after each step */
  constructor(
    private readonly config: { readonly network: string; readonly epochs: number },
    private readonly runs: readonly RunProgress[],
    private readonly report: (progress: Progress) => void,
  ) {
    const { network, epochs } = config;
    this.labelOf = labelsOf(
      network,
      runs.map(({ run }) => run),
    );
    const epochCost = ({ batches, step, evaluation }: RunProgress) => batches * step + evaluation;
    this.totalSteps = sumOf(runs, ({ batches }) => epochs * batches);
    this.totalCost = sumOf(runs, (run) => epochs * epochCost(run));
    this.steps = sumOf(runs, ({ batches, done }) => done * batches);
    this.cost = sumOf(runs, (run) => run.done * epochCost(run));
    report(this.start().current());
  }

  /** Begins the next run; returns the function that is given its events. */
  begin(run: Run): (event: TrainingEvent) => void {
    const current = this.runs.find((known) => known.run === run)!;
    this.current = current;
    this.at = current.done * current.batches;
    return (event) => {
      const place = `run ${run.trial + 1}, epoch ${event.epoch + 1}/${this.config.epochs}`;
      const label = `${this.labelOf(run)}, ${place}`;
      if (event.kind === "step") this.advanceTo(event.epoch * current.batches + event.batch + 1, label);
      else if (event.diverged === null) this.advance(0, current.evaluation, label);
    };
  }

  /** Ends the run; one that diverged has left steps undone. */
  end(): void {
    const { batches } = this.current!;
    this.advanceTo(this.config.epochs * batches);
  }

  /** Steps that are done a second time do not count. */
  private advanceTo(step: number, label?: string): void {
    const units = Math.max(0, step - this.at);
    this.at += units;
    this.advance(units, units * this.current!.step, label);
  }

  private advance(units: number, cost: number, label?: string): void {
    this.steps += units;
    this.cost += cost;
    // the clock starts after the first step: restoring a checkpoint and compiling do not count as time of steps
    if (this.meter) this.report(this.meter.advance({ units, cost, ...(label ? { label } : {}) }));
    else {
      this.meter = this.start();
      this.report(this.meter.current(label));
    }
  }

  private start(): ProgressMeter {
    const doneCost = Math.min(this.cost, this.totalCost);
    return progressMeter(this.totalSteps, this.steps, { unit: "steps", totalCost: this.totalCost, doneCost });
  }
}
