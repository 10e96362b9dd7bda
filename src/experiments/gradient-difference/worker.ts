/** What a worker process does: holds the data and the programs of one precision, and simulates runs. */
import type { ChainRule } from "../../autodiff";
import { type Dataset, loadDataset } from "../../data";
import { createEngine, type Engine } from "../../engines";
import type { UniformId } from "../../formats";
import type { WorkerInit } from "../common/jobs";
import { currentPass } from "../gradient-pairs/pass";
import { type CellPrograms, compileCell } from "../gradient-pairs/programs";
import type { GradientDifferenceConfig } from "./config";
import type { GradientDifferenceRow } from "./rows";
import type { Job } from "./runs";
import { simulate } from "./simulate";

/** The state of one worker: jobs come precision by precision, so one precision's programs and images are kept. */
export async function worker(
  { config, dataDirectory }: WorkerInit<GradientDifferenceConfig>,
  signal: AbortSignal,
): Promise<(jobs: readonly [Job]) => Promise<GradientDifferenceRow[]>> {
  const { dataset: name, images, batchSize } = config;
  const dataset = await loadDataset(name, { split: "train", count: images, directory: dataDirectory });
  const engine = createEngine(config.engine, { threads: 1 });
  const pass = currentPass(engine, dataset, images);
  let precision: UniformId | undefined;
  let programs = new Map<ChainRule, CellPrograms>();
  return async ([job]) => {
    if (job.precision !== precision) {
      for (const old of programs.values()) await old.dispose();
      programs = compilePrograms(engine, job.precision, dataset, config);
      precision = job.precision;
    }
    return simulate(job, config, programs, pass({ precision: job.precision, batchSize }), { signal });
  };
}

/** The programs of each chain rule; the forward pass of the first one serves all. */
export function compilePrograms(
  engine: Engine,
  precision: UniformId,
  { shape, classes }: Pick<Dataset, "shape" | "classes">,
  { chainRules, firstActivation, width, depth, batchSize }: GradientDifferenceConfig,
): Map<ChainRule, CellPrograms> {
  const features = shape.reduce((product, n) => product * n, 1);
  const cell = { precision, width, depth, batchSize };
  return new Map(
    chainRules.map((chainRule) => [
      chainRule,
      compileCell(engine, cell, features, classes, { chainRule, firstActivation }),
    ]),
  );
}
