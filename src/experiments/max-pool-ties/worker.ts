/** What a worker process does: holds the data and an engine of one thread, and trains. */
import { createEngine } from "../../engines";
import type { Prepared } from "../../runs";
import { checkpointOf } from "../common/checkpoint";
import { loadImages, problemShape } from "../common/data";
import type { WorkerInit } from "../common/jobs";
import type { MaxPoolTiesConfig } from "./config";
import type { MaxPoolTiesRow } from "./rows";
import { type Job, jobKey } from "./runs";
import { trainCounting, trainingOf } from "./unit";

/** The state of one worker. */
export async function worker(
  { config, dataDirectory, checkpoints }: WorkerInit<MaxPoolTiesConfig>,
  signal: AbortSignal,
): Promise<Prepared<readonly [Job], MaxPoolTiesRow[]>> {
  const context = { dataDirectory, log: () => {} };
  const { dataset, images, testImages } = config;
  const data = {
    training: await loadImages(dataset, "train", images, context),
    evaluation: await loadImages(dataset, "test", testImages, context),
  };
  const problem = await problemShape({ ...config, split: "train" }, context);
  const engine = createEngine(config.engine, { threads: 1 });
  return {
    async do([job]) {
      const training = trainingOf(job, config, data, problem, engine);
      const checkpoint = { ...checkpointOf(checkpoints, jobKey(job)), everySeconds: checkpoints.seconds };
      try {
        return await trainCounting(job, config, training, { checkpoint, signal });
      } finally {
        await training.data.close();
        await training.test.close();
      }
    },
    close: () => engine.dispose(),
  };
}
