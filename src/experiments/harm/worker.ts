/** What a worker process does: holds the data and an engine of one thread, and trains the arms of a job. */
import { createEngine } from "../../engines";
import type { Prepared } from "../../runs";
import { loadImages, problemShape } from "../common/data";
import type { WorkerInit } from "../common/jobs";
import type { Job } from "./arms";
import type { HarmConfig } from "./config";
import type { HarmRow } from "./rows";
import { trainArms } from "./unit";

/** The state of one worker. */
export async function worker(
  { config, dataDirectory, checkpoints }: WorkerInit<HarmConfig>,
  signal: AbortSignal,
): Promise<Prepared<readonly [Job], HarmRow[]>> {
  const context = { dataDirectory, log: () => {} };
  const problem = {
    training: await loadImages(config.dataset, config.split, config.images, context),
    evaluation: await loadImages(config.dataset, "test", config.testImages, context),
  };
  const shape = await problemShape(config, context);
  const engine = createEngine(config.engine, { threads: 1 });
  return {
    do: ([job]) => trainArms(job, { config, problem, shape, engine, checkpoints, signal }),
    close: () => engine.dispose(),
  };
}
