/** What a worker process does: holds the data and one cell's programs, and simulates runs. */
import { createEngine } from "../../engines";
import { Checkpoint } from "../common/checkpoint";
import { loadImages, problemShape } from "../common/data";
import type { WorkerInit } from "../common/jobs";
import { cellKey, type Job } from "./cells";
import type { NetworksConfig } from "./config";
import { type CellGraph, cellGraph } from "./programs";
import { type NetworksRow, rows } from "./rows";
import { type CellPrograms, simulate, type UnderWay } from "./simulate";

/** The state of one worker: jobs come cell by cell, so one cell's programs are kept. */
export async function worker(
  { config, dataDirectory, checkpoints }: WorkerInit<NetworksConfig>,
  signal: AbortSignal,
): Promise<(jobs: readonly [Job]) => Promise<NetworksRow[]>> {
  const context = { dataDirectory, log: () => {} };
  const images = await loadImages(config.dataset, config.split, config.images, context);
  const shape = await problemShape(config, context);
  const engine = createEngine(config.engine, { threads: 1 });
  let current: { readonly key: string; readonly cell: CellGraph; readonly programs: CellPrograms } | undefined;
  return async ([job]) => {
    const key = cellKey(job);
    if (current?.key !== key) {
      await current?.programs.sweeps.dispose();
      await current?.programs.screen.dispose();
      current = undefined;
      const cell = cellGraph(config, job, shape);
      const [sweeps, screen] = [await engine.compile(cell.sweeps), await engine.compile(cell.screen)];
      current = { key, cell, programs: { engine, sweeps, screen } };
    }
    const checkpoint = new Checkpoint<UnderWay>(checkpoints, rows.key(job), signal);
    return [await simulate(job, config, current.cell, current.programs, images, { checkpoint })];
  };
}
