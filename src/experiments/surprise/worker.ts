/** What a worker process does: holds the data and one precision's step, and trains the three networks of a run. */

import { loadDataset } from "../../data";
import { createEngine } from "../../engines";
import type { UniformId } from "../../formats";
import { Checkpoint } from "../common/checkpoint";
import type { WorkerInit } from "../common/jobs";
import type { SurpriseConfig } from "./config";
import { Course, passOf } from "./course";
import type { SurpriseRow } from "./rows";
import { type Job, jobKey, simulate, type UnderWay } from "./simulate";

export async function worker(
  { config, dataDirectory, checkpoints }: WorkerInit<SurpriseConfig>,
  signal: AbortSignal,
): Promise<(jobs: readonly [Job]) => Promise<SurpriseRow[]>> {
  const count = config.images ?? undefined;
  const dataset = await loadDataset(config.dataset, { split: "train", count, directory: dataDirectory });
  const engine = createEngine(config.engine, { threads: 1 });
  let precision: UniformId | undefined;
  let course: Course | undefined;
  return async ([job]) => {
    if (job.precision !== precision) {
      await course?.dispose();
      course = new Course(engine, config, job.precision, dataset, config.chainRule);
      precision = job.precision;
    }
    const checkpoint = new Checkpoint<UnderWay>(checkpoints, jobKey(job), signal);
    return simulate(job, config, course!, passOf(dataset, config, course!.format), checkpoint);
  };
}
