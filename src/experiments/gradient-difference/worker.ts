/** What a worker process does: holds the data and the programs of one precision, and simulates runs. */
import { loadDataset } from "../../data";
import { createEngine } from "../../engines";
import type { Prepared } from "../../runs";
import type { WorkerInit } from "../common/jobs";
import { latestPass } from "../gradient-pairs/pass";
import { latestPrograms } from "../gradient-pairs/programs";
import type { GradientDifferenceConfig } from "./config";
import type { GradientDifferenceRow } from "./rows";
import type { Job } from "./runs";
import { simulate } from "./simulate";

/** The state of one worker: jobs come precision by precision, so one precision's programs and images are kept. */
export async function worker(
  { config, dataDirectory }: WorkerInit<GradientDifferenceConfig>,
  signal: AbortSignal,
): Promise<Prepared<readonly Job[], GradientDifferenceRow[]>> {
  const { images } = config;
  const dataset = await loadDataset(config.dataset, { split: "train", count: images, directory: dataDirectory });
  const engine = createEngine(config.engine, { threads: 1 });
  const programs = latestPrograms(engine, dataset, config);
  const pass = latestPass(engine, dataset, images);
  return {
    async do(jobs) {
      const cell = { ...config, precision: jobs[0]!.precision };
      return simulate(jobs, config, await programs.of(cell), await pass.of(cell), { signal });
    },
    async close() {
      await pass.dispose();
      await engine.dispose();
    },
  };
}
