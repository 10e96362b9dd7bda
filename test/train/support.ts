/** A small training for the tests: glyphs through a perceptron with batch-norm and dropout. */
import { createLoader, type Dataset, glyphs, type Loader, preprocessing } from "../../src/data";
import { createEngine } from "../../src/engines";
import { createNetwork, type Layer, type NetworkOptions } from "../../src/nn";
import { sgd } from "../../src/optim";
import type { EpochEvent, StepEvent, Training, TrainingEvent } from "../../src/train";

const train = glyphs({ split: "train", count: 200 });
const test = glyphs({ split: "test", count: 50 });

/** Pixels in [0, 1]; the first of the images are black, so that without a bias every pre-activation is exactly 0. */
export const loaders = ({ blackImages = 0 } = {}): { data: Loader; test: Loader } => {
  const common = { seed: 1, worker: false, transforms: preprocessing("none", "train") } as const;
  const blackened = (dataset: Dataset) => ({
    ...dataset,
    images: dataset.images.slice().fill(0, 0, blackImages * 784),
  });
  return {
    data: createLoader({ ...common, dataset: blackened(train), batchSize: 48, shuffle: true }),
    test: createLoader({ ...common, dataset: blackened(test), batchSize: 30 }),
  };
};

export const smallNetwork = (options: Partial<NetworkOptions> = {}) =>
  createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [16, 12], ...options });

/** A network whose biases are 0 at the start. */
export const withoutBias = (): Layer => startingWith("bias", 0);

/** A network that overflows in half precision where an image has ink: each unit sums it with weights of 60,000. */
export const overflowing = (): Layer => startingWith("fc1.weight", 6e4);

/** A network whose parameters of a name, or with an end of it, are a number at the start. */
function startingWith(name: string, value: number): Layer {
  const network = smallNetwork();
  const initialise = (out: Float32Array) => void out.fill(value);
  const parameters = network.parameters.map((parameter) =>
    parameter.name.endsWith(name) ? { ...parameter, initialise } : parameter,
  );
  return { ...network, parameters };
}

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
