/** What a worker process does: holds the data and one precision's step, and trains the three networks of a run. */

import { loadDataset } from "../../data";
import { createEngine } from "../../engines";
import type { Prepared } from "../../runs";
import { Checkpoint } from "../common/checkpoint";
import type { WorkerInit } from "../common/jobs";
import { Latest } from "../common/latest";
import type { SurpriseConfig } from "./config";
import { Course, passOf } from "./course";
import type { SurpriseRow } from "./rows";
import { type Job, jobKey, simulate, type UnderWay } from "./simulate";

export async function worker(
  { config, dataDirectory, checkpoints }: WorkerInit<SurpriseConfig>,
  signal: AbortSignal,
): Promise<Prepared<readonly [Job], SurpriseRow[]>> {
  const count = config.images ?? undefined;
  const dataset = await loadDataset(config.dataset, { split: "train", count, directory: dataDirectory });
  const engine = createEngine(config.engine, { threads: 1 });
  const latest = new Latest(
    ({ precision }: Job) => String(precision),
    ({ precision }) => new Course(engine, config, precision, dataset, config.chainRule),
  );
  return {
    async do([job]) {
      const course = await latest.of(job);
      const checkpoint = new Checkpoint<UnderWay>(checkpoints, jobKey(job), signal);
      return simulate(job, config, course, passOf(dataset, config, course.format), checkpoint);
    },
    close: () => engine.dispose(),
  };
}
