/** What a worker process does: holds the data and one cell's programs, and simulates runs. */
import { loadDataset } from "../../data";
import { createEngine } from "../../engines";
import type { Prepared } from "../../runs";
import type { WorkerInit } from "../common/jobs";
import { latestPass } from "../gradient-pairs/pass";
import { latestPrograms } from "../gradient-pairs/programs";
import type { Job } from "./cells";
import type { BifurcationConfig } from "./config";
import type { BifurcationRow } from "./rows";
import { simulate } from "./simulate";

/** The state of one worker: jobs come cell by cell, so one cell's programs and one conversion of the data are kept. */
export async function worker(
  { config, dataDirectory }: Omit<WorkerInit<BifurcationConfig>, "checkpoints">,
  signal: AbortSignal,
): Promise<Prepared<readonly Job[], BifurcationRow[]>> {
  const images = Math.max(...config.sampleSizes);
  const dataset = await loadDataset(config.dataset, { split: "train", count: images, directory: dataDirectory });
  const engine = createEngine(config.engine, { threads: 1 });
  const programs = latestPrograms(engine, dataset, config);
  const pass = latestPass(engine, dataset, images);
  return {
    do: async (jobs) => simulate(jobs, config, await programs.of(jobs[0]!), await pass.of(jobs[0]!), { signal }),
    async close() {
      await pass.dispose();
      await engine.dispose();
    },
  };
}
