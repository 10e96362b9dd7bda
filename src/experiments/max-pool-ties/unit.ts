/** One training with the ties of its max-pools counted along the way: a row for each epoch. */
import type { Engine } from "../../engines";
import { precisionOf } from "../../formats";
import { sgd } from "../../optim";
import { type CheckpointOptions, type EpochEvent, runTraining, type Training } from "../../train";
import { besideData, besideText } from "../common/checkpoint";
import { type Loaders, loadersOf, type Problem } from "../common/loaders";
import { type Problem as NetworkProblem, poolNetwork } from "../common/pool-networks";
import type { MaxPoolTiesConfig } from "./config";
import { readTies, type Ties, tieCounts } from "./observe";
import type { MaxPoolTiesRow } from "./rows";
import { type Job, kinksOf, mixtureOf } from "./runs";

/** What the checkpoint of a training holds beside the tensors. */
interface UnderWay {
  /** Of the epochs that are done. */
  readonly rows: readonly MaxPoolTiesRow[];
  /** Of the steps of the current epoch. */
  readonly counts: Counts;
}

interface Counts extends Ties {
  readonly samples: number;
}

const NONE: Counts = { samples: 0, windows: 0, tied: 0, tiedAtZero: 0 };
const IMAGES_IN_A_TEST_BATCH = 500;

/** What is trained: everything but where it stops and goes on. */
export function trainingOf(
  job: Job,
  config: MaxPoolTiesConfig,
  data: Problem,
  problem: NetworkProblem,
  engine: Engine,
): Training & Loaders {
  const { learningRate: lr, momentum, weightDecay, epochs } = config;
  const seed = config.seed + job.trial;
  return {
    network: poolNetwork(config, problem, mixtureOf(job)),
    engine,
    precision: precisionOf(job.precision).format,
    optimizer: sgd({ lr, momentum, weightDecay }),
    schedule: { kind: "cosine", epochs },
    kinks: { "relu.zero": 0, ...kinksOf(job) },
    epochs,
    seed,
    ...loadersOf(data, { ...config, testBatchSize: IMAGES_IN_A_TEST_BATCH }, seed, { worker: false }),
    observe: tieCounts,
  };
}

/**
 * Trains and counts in each step, before its update.
 * @returns rows of all epochs; a loss that is not finite ends them with the outcome `diverged`, with what was counted up to it
 * @throws the signal's reason when it has aborted
 */
export async function trainCounting(
  job: Job,
  config: MaxPoolTiesConfig,
  training: Training,
  { checkpoint, signal }: { readonly checkpoint: CheckpointOptions; readonly signal: AbortSignal },
): Promise<MaxPoolTiesRow[]> {
  const rows: MaxPoolTiesRow[] = [];
  let counts = NONE;
  const count = config.images ?? training.data.batchesPerEpoch * config.batchSize;
  const share = () => (rows.length + counts.samples / count) / config.epochs;
  const beside = {
    read: () => besideText({ share: Math.min(1, share()), data: { rows, counts } satisfies UnderWay }),
    restore(text: string) {
      const saved = besideData<UnderWay>(text).data;
      rows.push(...saved.rows);
      counts = saved.counts;
    },
  };
  const { outcome } = await runTraining({ ...training, checkpoint: { ...checkpoint, beside }, signal }, (event) => {
    if (event.kind === "step") {
      const images = Math.min(config.batchSize, count - event.batch * config.batchSize);
      counts = added(counts, { samples: images, ...readTies(event.observed) });
    } else {
      rows.push(rowOf(job, config, counts, event));
      counts = NONE;
    }
  });
  if (outcome === "stopped") signal.throwIfAborted();
  return rows;
}

const added = (a: Counts, b: Counts): Counts => ({
  samples: a.samples + b.samples,
  windows: a.windows + b.windows,
  tied: a.tied + b.tied,
  tiedAtZero: a.tiedAtZero + b.tiedAtZero,
});

function rowOf(job: Job, config: MaxPoolTiesConfig, counts: Counts, event: EpochEvent): MaxPoolTiesRow {
  const { dataset, label, network, batchNorm, epochs } = config;
  const { epoch, trainLoss, test, diverged } = event;
  const last = epoch + 1 === epochs;
  return {
    ...{ dataset, label, network, batchNorm, ...job },
    epoch: epoch + 1,
    ...counts,
    trainLoss,
    testAccuracy: test?.accuracy ?? null,
    outcome: diverged !== null ? "diverged" : last ? "finished" : "running",
    reason: diverged,
  };
}
