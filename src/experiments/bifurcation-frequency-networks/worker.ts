/** What a worker process does: holds the data and one cell's programs, and simulates runs. */
import { createEngine, type Engine } from "../../engines";
import type { Prepared } from "../../runs";
import { Checkpoint } from "../common/checkpoint";
import { loadImages, problemShape } from "../common/data";
import type { WorkerInit } from "../common/jobs";
import { Latest } from "../common/latest";
import { cellKey, type Job } from "./cells";
import type { NetworksConfig } from "./config";
import { type CellGraph, cellGraph } from "./programs";
import { type NetworksRow, rows } from "./rows";
import { type CompiledCell, simulate, type UnderWay } from "./simulate";

/** The state of one worker: jobs come cell by cell, so one cell's programs are kept. */
export async function worker(
  { config, dataDirectory, checkpoints }: WorkerInit<NetworksConfig>,
  signal: AbortSignal,
): Promise<Prepared<readonly [Job], NetworksRow[]>> {
  const context = { dataDirectory, log: () => {} };
  const images = await loadImages(config.dataset, config.split, config.images, context);
  const shape = await problemShape(config, context);
  const engine = createEngine(config.engine, { threads: 1 });
  const latest = new Latest(cellKey, (job: Job) => compileCell(engine, cellGraph(config, job, shape)));
  return {
    async do([job]) {
      const checkpoint = new Checkpoint<UnderWay>(checkpoints, rows.key(job), signal);
      return [await simulate(job, config, await latest.of(job), images, { checkpoint })];
    },
    close: () => engine.dispose(),
  };
}

export async function compileCell(engine: Engine, cell: CellGraph): Promise<CompiledCell> {
  const [sweeps, screen] = [await engine.compile(cell.sweeps), await engine.compile(cell.screen)];
  return {
    ...{ engine, cell, sweeps, screen },
    async dispose() {
      await sweeps.dispose();
      await screen.dispose();
    },
  };
}
