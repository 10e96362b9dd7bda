/** From what a user writes to what is run, for both experiments of this folder. */
import { type Dataset, loadDataset } from "../../data";
import type { UniformId } from "../../formats";
import { checkCount, datasetName, provenanceOf, splitCount } from "../common/data";
import { resolveEngine } from "../common/engine";
import type { DataContext, RunContext } from "../types";
import type { CourseConfig } from "./config";

/** @throws NonsmoothError for a dataset or an engine that is not there, and for more images than there are */
export async function resolveCourse<C extends CourseConfig>(
  config: C,
  precisions: readonly UniformId[],
  context: DataContext,
): Promise<C> {
  const name = await datasetName(config.dataset, context);
  const engine = await resolveEngine(config.engine, { precisions, log: context.log });
  const images = splitCount(name, "train", context);
  checkCount("images", config.images, images, name);
  checkCount("batchSize", config.batchSize, config.images ?? images, name);
  return { ...config, dataset: name, engine };
}

/** The images of the pass; the manifest says what they are, and what computes. */
export async function loadPass(
  { dataset: name, images, engine }: CourseConfig,
  { store, dataDirectory: directory, log }: Pick<RunContext, "store" | "dataDirectory" | "log">,
): Promise<Dataset> {
  const dataset = await loadDataset(name, { split: "train", count: images ?? undefined, directory, log });
  store.record({ dataset: provenanceOf(dataset), engine, threads: 1 });
  return dataset;
}
