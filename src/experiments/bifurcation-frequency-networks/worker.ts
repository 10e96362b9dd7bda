/** What a worker process does: holds the data and one cell's program, and simulates runs. */
import { createEngine, type Program } from "../../engines";
import { Checkpoint } from "../common/checkpoint";
import { loadImages, problemShape } from "../common/data";
import type { WorkerInit } from "../common/jobs";
import { cellKey, type Job } from "./cells";
import type { NetworksConfig } from "./config";
import { type CellGraph, cellGraph } from "./programs";
import { type NetworksRow, rows } from "./rows";
import { simulate, type UnderWay } from "./simulate";

/** The state of one worker: jobs come cell by cell, so one program is kept. */
export async function worker(
  { config, dataDirectory, checkpoints }: WorkerInit<NetworksConfig>,
  signal: AbortSignal,
): Promise<(jobs: readonly [Job]) => Promise<NetworksRow[]>> {
  const context = { dataDirectory, log: () => {} };
  const images = await loadImages(config.dataset, config.split, config.images, context);
  const shape = await problemShape(config, context);
  const engine = createEngine(config.engine, { threads: 1 });
  let current: { readonly key: string; readonly cell: CellGraph; readonly program: Program } | undefined;
  return async ([job]) => {
    const key = cellKey(job);
    if (current?.key !== key) {
      await current?.program.dispose();
      current = undefined;
      const cell = cellGraph(config, job, shape);
      current = { key, cell, program: await engine.compile(cell.graph) };
    }
    const checkpoint = new Checkpoint<UnderWay>(checkpoints, rows.key(job), signal);
    return [await simulate(job, config, current.cell, { engine, program: current.program }, images, checkpoint)];
  };
}
