/** One training with its zeros counted along the way: a row for each epoch and hidden layer. */
import type { Dataset } from "../../data";
import type { Engine } from "../../engines";
import { precisionOf } from "../../formats";
import { createNetwork } from "../../nn";
import { sgd } from "../../optim";
import { type CheckpointOptions, type EpochEvent, runTraining, type StepEvent } from "../../train";
import { besideData, besideText } from "../common/checkpoint";
import { loadersOf } from "../common/loaders";
import type { ZerosConfig } from "./config";
import { readZeros, zeroCounts } from "./observe";
import type { ZerosRow } from "./rows";
import type { Job } from "./runs";

/** What the checkpoint of a training holds beside the tensors. */
interface UnderWay {
  /** Of the epochs that are done. */
  readonly rows: readonly ZerosRow[];
  readonly counts: Counts;
}

export interface Data {
  readonly training: Dataset;
  readonly evaluation: Dataset;
}

/**
 * Trains a perceptron with ReLU'(0) = 0 on mini-batches in order and counts in each step, before its update.
 * @returns rows of all epochs; a loss that is not finite ends them with the outcome `diverged`, with what was counted up to it
 * @throws the signal's reason when it has aborted
 */
export async function trainCounting(
  job: Job,
  config: ZerosConfig,
  data: Data,
  engine: Engine,
  { checkpoint, signal }: { readonly checkpoint: CheckpointOptions; readonly signal: AbortSignal },
): Promise<ZerosRow[]> {
  const { learningRate: lr, momentum, weightDecay, epochs, batchSize } = config;
  const seed = config.seed + job.trial;
  const given = { batchSize, testBatchSize: batchSize, preprocessing: "none" };
  const tally = new EpochTally(job, config);
  const rows: ZerosRow[] = [];
  const { shape, classes, count } = data.training;
  const share = () => (rows.length / job.depth + tally.counts.samples / count) / epochs;
  const beside = {
    read: () => besideText({ share: share(), data: { rows, counts: tally.counts } satisfies UnderWay }),
    restore(text: string) {
      const saved = besideData<UnderWay>(text).data;
      rows.push(...saved.rows);
      tally.counts = saved.counts;
    },
  };
  const widths = new Array<number>(job.depth).fill(job.width);
  const { outcome } = await runTraining(
    {
      network: createNetwork("mlp", { inputShape: shape, classes, widths }),
      engine,
      precision: precisionOf(job.precision).format,
      optimizer: sgd({ lr, momentum, weightDecay }),
      epochs,
      seed,
      ...loadersOf(data, given, seed, { worker: false, shuffle: false }),
      observe: zeroCounts,
      checkpoint: { ...checkpoint, beside },
      signal,
    },
    (event) => {
      if (event.kind === "step") tally.count(event, Math.min(batchSize, count - event.batch * batchSize));
      else rows.push(...tally.rows(event));
    },
  );
  if (outcome === "stopped") signal.throwIfAborted();
  return rows;
}

/** Images, and zeros by hidden layer. */
interface Counts {
  readonly samples: number;
  readonly zeros: readonly number[];
  readonly structural: readonly number[];
}

/** What has been counted in the current epoch. */
class EpochTally {
  counts: Counts;

  constructor(
    private readonly job: Job,
    private readonly config: ZerosConfig,
  ) {
    this.counts = noneOf(job);
  }

  count({ observed }: StepEvent, images: number): void {
    const { all, structural } = readZeros(observed);
    const { counts } = this;
    this.counts = {
      samples: counts.samples + images,
      zeros: counts.zeros.map((n, i) => n + all[i]!),
      structural: counts.structural.map((n, i) => n + structural[i]!),
    };
  }

  /** The rows of the epoch, layer by layer; the next one begins. */
  rows({ epoch, trainLoss, test, diverged }: EpochEvent): ZerosRow[] {
    const last = epoch + 1 === this.config.epochs;
    const { samples, zeros, structural } = this.counts;
    const rows = zeros.map(
      (n, i): ZerosRow => ({
        dataset: this.config.dataset,
        ...this.job,
        epoch: epoch + 1,
        layer: i + 1,
        samples,
        calls: samples * this.job.width,
        zeros: n,
        structural: structural[i]!,
        trainLoss,
        testAccuracy: test?.accuracy ?? Number.NaN,
        outcome: diverged !== null ? "diverged" : last ? "finished" : "running",
        reason: diverged,
      }),
    );
    this.counts = noneOf(this.job);
    return rows;
  }
}

function noneOf({ depth }: Job): Counts {
  const zeros = new Array<number>(depth).fill(0);
  return { samples: 0, zeros, structural: zeros };
}
