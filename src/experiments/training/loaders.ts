/** The mini-batches of a training, and those of its evaluations. */
import { createLoader, type Loader, preprocessing } from "../../data";
import type { Images } from "../common/data";
import type { SharedConfig } from "./keys";

/** The two parts of the data that a training sees. */
export interface Problem {
  readonly training: Images;
  readonly evaluation: Images;
}

export interface Loaders {
  readonly data: Loader;
  readonly test: Loader;
}

/**
 * The loaders of one run: the same batches for every run with the same seed.
 * @param options.worker whether they prepare batches ahead, in threads of their own; default true
 */
export function loadersOf(
  { training, evaluation }: Problem,
  config: Pick<SharedConfig, "batchSize" | "testBatchSize" | "preprocessing">,
  seed: number,
  { worker = true } = {},
): Loaders {
  const { batchSize, testBatchSize, preprocessing: name } = config;
  const common = { seed, onBroken: "skip", worker } as const;
  return {
    data: createLoader({
      ...common,
      dataset: training,
      batchSize,
      transforms: preprocessing(name, "train"),
      shuffle: true,
    }),
    test: createLoader({
      ...common,
      dataset: evaluation,
      batchSize: testBatchSize,
      transforms: preprocessing(name, "test"),
    }),
  };
}
