/** One training with its zeros counted on the way: a row for each epoch and hidden layer. */
import { createLoader, type Dataset } from "../../data";
import type { Engine } from "../../engines";
import { formatOfBits } from "../../formats";
import { createNetwork } from "../../nn";
import { sgd } from "../../optim";
import type { Row } from "../../runs";
import { type EpochEvent, runTraining, type StepEvent } from "../../train";
import type { ZerosConfig } from "./config";
import { readZeros, zeroCounts } from "./observe";
import type { Job } from "./runs";

export interface Data {
  readonly training: Dataset;
  readonly evaluation: Dataset;
}

/**
 * Trains a perceptron with ReLU'(0) = 0 on mini-batches in order and counts in each step, before its update.
 * @returns rows of all epochs; a loss that is not finite ends them with the outcome `diverged`, with what was counted up to it
 */
export async function trainCounting(job: Job, config: ZerosConfig, data: Data, engine: Engine): Promise<Row[]> {
  const { learningRate: lr, momentum, weightDecay, epochs, batchSize } = config;
  const loader = (dataset: Dataset) => createLoader({ dataset, batchSize, worker: false });
  const tally = new EpochTally(job, config);
  const rows: Row[] = [];
  const { shape, classes, count } = data.training;
  const widths = new Array<number>(job.depth).fill(job.width);
  await runTraining(
    {
      network: createNetwork("mlp", { inputShape: shape, classes, widths }),
      engine,
      precision: formatOfBits(job.precision),
      optimizer: sgd({ lr, momentum, weightDecay }),
      epochs,
      seed: config.seed + job.trial,
      data: loader(data.training),
      test: loader(data.evaluation),
      observe: zeroCounts,
    },
    (event) => {
      if (event.kind === "step") tally.count(event, Math.min(batchSize, count - event.batch * batchSize));
      else rows.push(...tally.rows(event));
    },
  );
  return rows;
}

/** What has been counted in the epoch under way. */
class EpochTally {
  private samples = 0;
  private zeros: number[] = [];
  private structural: number[] = [];

  constructor(
    private readonly job: Job,
    private readonly config: ZerosConfig,
  ) {
    this.clear();
  }

  count({ observed }: StepEvent, images: number): void {
    const { all, structural } = readZeros(observed);
    this.samples += images;
    for (const [i, n] of all.entries()) this.zeros[i]! += n;
    for (const [i, n] of structural.entries()) this.structural[i]! += n;
  }

  /** The rows of the epoch, layer by layer; the next one begins. */
  rows({ epoch, trainLoss, test, diverged }: EpochEvent): Row[] {
    const last = epoch + 1 === this.config.epochs;
    const rows = this.zeros.map((zeros, i) => ({
      dataset: this.config.dataset,
      ...this.job,
      epoch: epoch + 1,
      layer: i + 1,
      samples: this.samples,
      calls: this.samples * this.job.width,
      zeros,
      structural: this.structural[i]!,
      trainLoss,
      testAccuracy: test?.accuracy ?? Number.NaN,
      outcome: diverged !== null ? "diverged" : last ? "finished" : "running",
      reason: diverged,
    }));
    this.clear();
    return rows;
  }

  private clear(): void {
    this.samples = 0;
    this.zeros = new Array<number>(this.job.depth).fill(0);
    this.structural = new Array<number>(this.job.depth).fill(0);
  }
}

/** The one row of a training that broke off: nothing is known of it but the reason. */
export const failedRow = (job: Job, dataset: string, reason: string): Row => ({
  dataset,
  ...job,
  epoch: 0,
  layer: 0,
  samples: 0,
  calls: 0,
  zeros: 0,
  structural: 0,
  trainLoss: Number.NaN,
  testAccuracy: Number.NaN,
  outcome: "failed",
  reason,
});
