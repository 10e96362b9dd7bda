/** The networks whose training steps are measured, and what every program trains them on, as files of plain numbers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createNetwork,
  type Engine,
  type FormatName,
  initialise,
  type Layer,
  scalarFeeds,
  sgd,
  stream,
  tensor,
} from "nonsmooth";
import { kinkInput, Programs, size } from "./library";
import { floats, stateFrom } from "./state";

export const TRAINED = { vgg11: { batchNorm: false }, resnet18: { batchNorm: true } };
export type Trained = keyof typeof TRAINED;

/** Batch, height, width, channels. */
export const IMAGES = [128, 32, 32, 3] as const;
const CLASSES = 10;
const MOMENTUM = 0.9;
const LR = 0.01;

/** Paths of the files: images f32 [128, 32, 32, 3], labels i32 [128], and each network's parameters one after the other, f32. */
export interface Training {
  readonly images: string;
  readonly labels: string;
  readonly parameters: Readonly<Record<Trained, string>>;
}

/** What a program is told: the files of one network, and the options of SGD. */
export interface Step {
  readonly network: Trained;
  readonly format: FormatName;
  readonly images: string;
  readonly labels: string;
  readonly parameters: string;
  readonly lr: string;
  readonly momentum: string;
}

export const trainedNetwork = (name: Trained): Layer =>
  createNetwork(name, { inputShape: [32, 32, 3], classes: CLASSES, ...TRAINED[name] });

/** Writes images of normal numbers, random labels, and freshly drawn parameters. */
export function writeTraining(folder: string): Training {
  const file = (name: string, values: Float32Array | Int32Array) => {
    writeFileSync(join(folder, name), new Uint8Array(values.buffer));
    return join(folder, name);
  };
  const [pixels, classes] = [stream(1, "bench", "images"), stream(1, "bench", "labels")];
  const drawn = (name: Trained) => {
    const { parameters } = trainedNetwork(name);
    const start = initialise(trainedNetwork(name), "f32", stream(1, "bench", name));
    return Float32Array.from(parameters.flatMap((parameter) => Array.from(start[parameter.name]!.data)));
  };
  return {
    images: file(
      "images.f32",
      Float32Array.from({ length: size(IMAGES) }, () => pixels.normal()),
    ),
    labels: file(
      "labels.i32",
      Int32Array.from({ length: IMAGES[0] }, () => classes.integer(CLASSES)),
    ),
    parameters: { vgg11: file("vgg11.f32", drawn("vgg11")), resnet18: file("resnet18.f32", drawn("resnet18")) },
  };
}

export const stepOf = (network: Trained, format: FormatName, { images, labels, parameters }: Training): Step => ({
  network,
  format,
  images,
  labels,
  parameters: parameters[network],
  lr: String(LR),
  momentum: String(MOMENTUM),
});

/** Our training step, and what it is fed at the start. */
export function ourStep(step: Step) {
  const { format, lr, momentum } = step;
  const network = trainedNetwork(step.network);
  const optimizer = sgd({ lr: Number(lr), momentum: Number(momentum) });
  const [, ...shape] = IMAGES;
  // as in an experiment, the values at kinks are fed: PyTorch's own
  const kinks = ["relu.zero", "maxPool.tie"];
  const options = { network, precision: format, optimizer, kinks, chainRule: "multiply" as const, shape };
  const state = stateFrom(step.parameters, network, format, optimizer);
  const batch = {
    x: tensor(format, floats(step.images), IMAGES),
    labels: tensor("i32", new Int32Array(floats(step.labels).buffer), [IMAGES[0]]),
    ...scalarFeeds(optimizer, format, { step: 1 }),
    ...Object.fromEntries(kinks.map((name) => [kinkInput(name), tensor(format, 0)])),
  };
  return { network, programsOn: (engine: Engine) => new Programs(engine, options), state, batch };
}
