/** What a worker process does: holds the data and one cell's programs, and simulates runs. */
import { Batches, type Dataset, loadDataset } from "../../data";
import { createEngine, type Engine, type Held } from "../../engines";
import { type FormatName, precisionOf } from "../../formats";
import { converted, wrap } from "../../ir";
import type { Row } from "../../runs";
import type { WorkerInit } from "../jobs";
import { type Cell, type Chunk, cellKey } from "./cells";
import type { BifurcationConfig } from "./config";
import { type CellPrograms, compileCell } from "./programs";
import { type Pass, simulate } from "./simulate";

/** The workplace of one worker: jobs come cell by cell, so one cell's programs and one conversion of the data are kept. */
export async function worker(
  { config, dataDirectory }: Omit<WorkerInit<BifurcationConfig>, "checkpoints">,
  signal: AbortSignal,
): Promise<(chunk: Chunk) => Promise<Row[]>> {
  const images = Math.max(...config.sampleSizes);
  const dataset = await loadDataset(config.dataset, { split: "train", count: images, directory: dataDirectory });
  const engine = createEngine(config.engine, { threads: 1 });
  const cell = currentCell(engine, dataset, config);
  const pass = currentPass(engine, dataset, images);
  return async (chunk) => simulate(chunk, config, await cell(chunk), pass(chunk), { signal });
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
      programs = compileCell(engine, cell, features, dataset.classes, config);
      key = cellKey(cell);
    }
    return programs!;
  };
}

/** The data in the latest cell's format and batch size; converted and brought to the engine once, a batch at a time. */
export function currentPass(engine: Engine, dataset: Dataset, images: number): (cell: Cell) => Pass {
  let key = "";
  let pass: HeldPass | undefined;
  return ({ precision, batchSize }) => {
    if (key !== `${precision}/${batchSize}`) {
      pass?.dispose();
      pass = new HeldPass(engine, dataset, precisionOf(precision).format, batchSize, images);
      key = `${precision}/${batchSize}`;
    }
    return pass!;
  };
}

class HeldPass implements Pass {
  readonly batches: number;
  private readonly source: Batches;
  private readonly held: { readonly x: Held; readonly labels: Held }[] = [];

  constructor(
    private readonly engine: Engine,
    dataset: Dataset,
    private readonly format: FormatName,
    batchSize: number,
    images: number,
  ) {
    this.batches = Math.floor(images / batchSize);
    this.source = new Batches(dataset, { batchSize });
  }

  async at(batch: number) {
    this.held[batch] ??= await this.hold(batch);
    return this.held[batch]!;
  }

  dispose(): void {
    for (const { x, labels } of Object.values(this.held)) {
      x.dispose();
      labels.dispose();
    }
  }

  private async hold(batch: number) {
    const { engine, format, source } = this;
    const { inputs, labels, size } = source.at(batch);
    const x = converted(format, inputs, [size, source.features]);
    return { x: await engine.hold(x), labels: await engine.hold(wrap("i32", labels, [size])) };
  }
}
