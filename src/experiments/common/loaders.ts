/** The mini-batches of a training, and those of its evaluations. */
import { createLoader, type Loader, preprocessing } from "../../data";
import type { Images } from "./data";

/** The two parts of the data that a training sees. */
export interface Problem {
  readonly training: Images;
  readonly evaluation: Images;
}

/** What a configuration says about batches. */
interface Batching {
  readonly batchSize: number;
  readonly testBatchSize: number;
  /** Of a dataset of that name, or none. */
  readonly preprocessing: string;
}

export interface Loaders {
  readonly data: Loader;
  readonly test: Loader;
}

/**
 * The loaders of one run: the same batches for every run with the same seed.
 * @param options.worker whether they prepare batches ahead, in threads of their own; default true
 * @param options.shuffle whether the training images come in a new order in every epoch; default true
 */
export function loadersOf(
  { training, evaluation }: Problem,
  { batchSize, testBatchSize, preprocessing: name }: Batching,
  seed: number,
  { worker = true, shuffle = true } = {},
): Loaders {
  const common = { seed, onBroken: "skip", worker } as const;
  return {
    data: createLoader({
      ...common,
      dataset: training,
      batchSize,
      transforms: preprocessing(name, "train"),
      shuffle,
    }),
    test: createLoader({
      ...common,
      dataset: evaluation,
      batchSize: testBatchSize,
      transforms: preprocessing(name, "test"),
    }),
  };
}
