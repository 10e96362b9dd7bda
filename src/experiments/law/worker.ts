/** What a worker process does: holds the images and a cell's programs, counts and predicts. */
import { createLoader, type Dataset, loadDataset, preprocessing } from "../../data";
import { createEngine, defaultEngine, type Engine } from "../../engines";
import { precisionOf } from "../../formats";
import { converted, tensor } from "../../ir";
import type { Prepared } from "../../runs";
import { problemShape } from "../common/data";
import type { WorkerInit } from "../common/jobs";
import { Latest } from "../common/latest";
import { cellKey, type Job, mostImages } from "./cells";
import type { LawConfig } from "./config";
import { isCountedInTurn } from "./in-turn";
import { countProgram, exactProgram, type Shapes } from "./programs";
import type { LawRow } from "./rows";
import { type CompiledCell, type Pass, simulate } from "./simulate";

/** The state of one worker: jobs come cell by cell, so one cell's programs and one conversion of the images are kept. */
export async function worker(
  { config, dataDirectory }: Omit<WorkerInit<LawConfig>, "checkpoints">,
  signal: AbortSignal,
): Promise<Prepared<readonly [Job], LawRow[]>> {
  const { dataset: name, preprocessing } = config;
  const shapes = await problemShape({ dataset: name, split: "train", preprocessing }, { dataDirectory, log: () => {} });
  const count = mostImages(config);
  const dataset = await loadDataset(name, { split: "train", count, directory: dataDirectory });
  const [engine, exact] = [createEngine(config.engine, { threads: 1 }), createEngine(defaultEngine, { threads: 1 })];
  const compiled = new Latest(cellKey, (job: Job) => compileCell({ engine, exact }, job, config, shapes));
  const passes = new Latest(
    ({ precision, images }: Job) => `${precision}/${images}`,
    async (job: Job) => ({ ...(await loadPass(job, config, dataset, shapes)), dispose() {} }),
  );
  return {
    async do([job]) {
      return [await simulate(job, config, await compiled.of(job), await passes.of(job), signal)];
    },
    async close() {
      await engine.dispose();
      await exact.dispose();
    },
  };
}

/** @param engines that of the counts, and one that has f64 */
export async function compileCell(
  engines: { readonly engine: Engine; readonly exact: Engine },
  job: Job,
  { batchSize }: LawConfig,
  shapes: Shapes,
): Promise<CompiledCell> {
  const [count, exact] = [countProgram(job, shapes, batchSize), exactProgram(job, shapes, batchSize)];
  const screen = isCountedInTurn(job) ? undefined : await engines.engine.compile(count.graph);
  const exactly = await engines.exact.compile(exact.graph);
  return {
    ...{ count, screen, exact, exactly },
    async dispose() {
      await screen?.dispose();
      await exactly.dispose();
    },
  };
}

/** The full mini-batches among the first images, as stored, without augmentation. */
export async function loadPass(
  { precision, images }: Job,
  { batchSize, predictedImages, preprocessing: name }: LawConfig,
  dataset: Dataset,
  { inputShape }: Shapes,
): Promise<Pass> {
  const transforms = preprocessing(name, "test");
  const loader = createLoader({ dataset, batchSize, transforms, incomplete: "drop", worker: false });
  const { format } = precisionOf(precision);
  const whole = Math.floor(images / batchSize);
  const [batches, exact]: [Pass["batches"][number][], Pass["exact"][number][]] = [[], []];
  for await (const { inputs, size, index } of loader.epoch(0)) {
    const x = converted(format, inputs, [size, ...inputShape]);
    batches.push(x);
    if (index * batchSize < Math.min(predictedImages, images)) exact.push(tensor("f64", x.data, x.shape));
    if (batches.length === whole) break;
  }
  await loader.close();
  return { batches, exact };
}
