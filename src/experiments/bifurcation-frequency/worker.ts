/** What a worker process does: holds the data and one cell's programs, and simulates runs. */
import { Batches, type Dataset, loadDataset } from "../../data";
import { createEngine, type Engine } from "../../engines";
import { type FormatName, formatOfBits } from "../../formats";
import { type Tensor, tensor, wrap } from "../../ir";
import type { Row } from "../../runs";
import { type Cell, cellKey, type Job } from "./cells";
import type { BifurcationConfig } from "./config";
import { type CellPrograms, compileCell } from "./programs";
import { type Pass, simulate } from "./simulate";

export interface WorkerInit {
  readonly config: BifurcationConfig;
  readonly dataDirectory?: string;
}

/** The workplace of one worker: jobs come cell by cell, so one cell's programs and one conversion of the data are kept. */
export async function worker({ config, dataDirectory }: WorkerInit): Promise<(job: Job) => Promise<Row>> {
  const images = Math.max(...config.sampleSizes);
  const dataset = await loadDataset(config.dataset, { split: "train", count: images, directory: dataDirectory });
  const engine = createEngine(config.engine, { threads: 1 });
  const cell = currentCell(engine, dataset, config);
  const pass = currentPass(dataset, images);
  return async (job) => simulate(job, config, await cell(job), pass(job));
}

function currentCell(
  engine: Engine,
  dataset: Dataset,
  config: BifurcationConfig,
): (cell: Cell) => Promise<CellPrograms> {
  const features = dataset.shape.reduce((product, n) => product * n, 1);
  let key = "";
  let programs: CellPrograms | undefined;
  return async (cell) => {
    if (cellKey(cell) !== key) {
      await programs?.dispose();
      programs = undefined;
      key = "";
      programs = await compileCell(engine, cell, features, dataset.classes, config);
      key = cellKey(cell);
    }
    return programs!;
  };
}

/** The data in the latest cell's format and batch size; converted once, a batch at a time. */
export function currentPass(dataset: Dataset, images: number): (cell: Cell) => Pass {
  let key = "";
  let pass: Pass | undefined;
  return ({ precision, batchSize }) => {
    if (key !== `${precision}/${batchSize}`) {
      key = `${precision}/${batchSize}`;
      pass = converted(dataset, formatOfBits(precision), batchSize, images);
    }
    return pass!;
  };
}

function converted(dataset: Dataset, format: FormatName, batchSize: number, images: number): Pass {
  const source = new Batches(dataset, { batchSize, format: format === "f64" ? "f64" : "f32" });
  const made: { x: Tensor; labels: Tensor }[] = [];
  return {
    batches: Math.floor(images / batchSize),
    at(batch) {
      if (!made[batch]) {
        const { inputs, labels, size } = source.at(batch);
        const shape = [size, source.features];
        const x = format === "f16" ? tensor(format, inputs, shape) : wrap(format, inputs, shape);
        made[batch] = { x, labels: wrap("i32", labels, [size]) };
      }
      return made[batch]!;
    },
  };
}
