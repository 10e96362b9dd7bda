/** A small training for the tests: glyphs through a perceptron with batch-norm and dropout. */
import { createLoader, glyphs, type Loader, preprocessing } from "../../src/data";
import { createEngine } from "../../src/engines";
import { createNetwork, type NetworkOptions } from "../../src/nn";
import { sgd } from "../../src/optim";
import type { EpochEvent, StepEvent, Training, TrainingEvent } from "../../src/train";

const train = glyphs({ split: "train", count: 200 });
const test = glyphs({ split: "test", count: 50 });

export const loaders = (seed = 1): { data: Loader; test: Loader } => {
  const common = { seed, worker: false, transforms: preprocessing("glyphs", "train") } as const;
  return {
    data: createLoader({ ...common, dataset: train, batchSize: 48, shuffle: true }),
    test: createLoader({ ...common, dataset: test, batchSize: 30 }),
  };
};

export const smallNetwork = (options: Partial<NetworkOptions> = {}) =>
  createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [16, 12], ...options });

/** 2 epochs of 5 batches, the last one smaller. */
export const smallTraining = (options: Partial<Training> = {}): Training => ({
  network: smallNetwork({ batchNorm: true, dropout: 0.1 }),
  engine: createEngine(),
  precision: "f32",
  optimizer: sgd({ lr: 0.05, momentum: 0.9 }),
  epochs: 2,
  seed: 3,
  ...loaders(),
  ...options,
});

export const epochsOf = (events: readonly TrainingEvent[]): EpochEvent[] =>
  events.filter((event) => event.kind === "epoch");
export const lossesOf = (events: readonly TrainingEvent[]): number[] =>
  events.filter((event): event is StepEvent => event.kind === "step").map((event) => event.loss);
