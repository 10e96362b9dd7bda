/** What a worker process does: holds the images and an engine of one thread, and counts. */
import { createEngine } from "../../engines";
import type { Prepared } from "../../runs";
import { loadImages, problemShape } from "../common/data";
import type { WorkerInit } from "../common/jobs";
import type { MaxPoolTieCountsConfig } from "./config";
import { countTies, type Job } from "./count";
import type { MaxPoolTieCountsRow } from "./rows";

/** The state of one worker. */
export async function worker({
  config,
  dataDirectory,
}: WorkerInit<MaxPoolTieCountsConfig>): Promise<Prepared<readonly [Job], MaxPoolTieCountsRow[]>> {
  const context = { dataDirectory, log: () => {} };
  const images = await loadImages(config.dataset, "train", config.images, context);
  const problem = await problemShape({ ...config, split: "train" }, context);
  const engine = createEngine(config.engine, { threads: 1 });
  return {
    do: ([job]) => countTies(job, config, images, problem, engine),
    close: () => engine.dispose(),
  };
}
