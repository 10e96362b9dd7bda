/** From what a user writes to what is trained, with every error that can be found before the first step. */

import { engineRecord } from "../../engines";
import { checkSchedule } from "../../optim";
import { coreCount } from "../../util";
import { withConvention } from "../common/conventions";
import { checkCount, problemShape, splitCount } from "../common/data";
import { resolvePlace } from "../common/place";
import { parametersOf, requireFits } from "../common/size";
import type { DataContext } from "../types";
import { networkOf, optimizerOf } from "./build";
import type { SharedConfig } from "./keys";

/**
 * Checks what experiments that train have in common, and fills in what depends on the place or on other keys: the dataset
 * and its preprocessing, the engine and the number of threads, the epochs of a cosine schedule.
 */
export async function resolveShared<C extends SharedConfig>(given: C, context: DataContext): Promise<C> {
  const placed = await resolvePlace(withConvention(given), given.precisions, context, { folders: true });
  const { dataset, engine } = placed;
  const config = {
    ...placed,
    preprocessing: given.preprocessing === "auto" ? dataset : given.preprocessing,
    schedule: completeSchedule(given),
    threads: await threadsOf(given.threads, engine),
  };
  checkCount("images", config.images, splitCount(dataset, config.split, context), dataset);
  const shape = await problemShape(config, context);
  for (const batchNorm of config.batchNorm) {
    for (const dropout of config.dropout)
      requireFits("widths", parametersOf(networkOf(config, { batchNorm, dropout }, shape)));
  }
  for (const optimizer of config.optimizers) optimizerOf(config, { optimizer, learningRate: 1 });
  return config;
}

/** 0 is one for each core, for an engine whose bits may depend on it; others have one whatever they are told. */
async function threadsOf(threads: number, engine: string): Promise<number> {
  const { settings } = engineRecord(engine).describe({});
  if (!("threads" in settings)) return 1;
  return threads === 0 ? coreCount() : threads;
}

/** The schedule with the number of epochs that a cosine needs. @throws NonsmoothError for one that is not known */
export function completeSchedule({
  schedule,
  epochs,
}: Pick<SharedConfig, "schedule" | "epochs">): Record<string, unknown> {
  const complete = schedule.kind === "cosine" ? { epochs, ...schedule } : schedule;
  return { ...checkSchedule(complete) };
}
