/** What a worker process does: holds the data and an engine of one thread, and trains. */
import { loadDataset } from "../../data";
import { createEngine } from "../../engines";
import type { Prepared } from "../../runs";
import { checkpointOf } from "../common/checkpoint";
import type { WorkerInit } from "../common/jobs";
import type { ZerosConfig } from "./config";
import type { ZerosRow } from "./rows";
import { type Job, jobKey } from "./runs";
import { trainCounting } from "./unit";

/** The state of one worker. */
export async function worker(
  { config, dataDirectory: directory, checkpoints }: WorkerInit<ZerosConfig>,
  signal: AbortSignal,
): Promise<Prepared<readonly [Job], ZerosRow[]>> {
  const { dataset, images, testImages } = config;
  const data = {
    training: await loadDataset(dataset, { split: "train", count: images ?? undefined, directory }),
    evaluation: await loadDataset(dataset, { split: "test", count: testImages, directory }),
  };
  const engine = createEngine(config.engine, { threads: 1 });
  return {
    do([job]) {
      const checkpoint = { ...checkpointOf(checkpoints, jobKey(job)), everySeconds: checkpoints.seconds };
      return trainCounting(job, config, data, engine, { checkpoint, signal });
    },
    close: () => engine.dispose(),
  };
}
