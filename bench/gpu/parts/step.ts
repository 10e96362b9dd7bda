/** A training step of the paper's networks for images beside PyTorch's on the same GPU. */
import { compare } from "../compare";
import { FORMATS, FULL, SMALL, type Step, TOLERANCE, writeStep } from "../problem";
import { TIMED } from "../tables";
import type { Part, Setting, TimedRow } from "../types";
import { withSides } from "./sides";

type Network = Pick<Step, "network" | "batchNorm">;

const VGG: Network = { network: "vgg11", batchNorm: false };
const OTHERS: readonly Network[] = [
  { network: "resnet18", batchNorm: true },
  { network: "vgg11", batchNorm: true },
  { network: "resnet18", batchNorm: false },
];

const TITLES = { vgg11: "VGG11", resnet18: "ResNet18" };
const titleOf = ({ network, batchNorm }: Network) => `${TITLES[network]}${batchNorm ? " with batch-norm" : ""}`;
const HOW =
  "images of 32 × 32 and the state held on the device, the loss read after every step. PyTorch computes without TF32, as a " +
  "CUDA graph, channels first or last, whichever is faster";

export const step: Part<TimedRow> = {
  name: "step",
  title: `A training step of VGG11 (forward, backward, SGD with momentum); ${HOW}`,
  columns: TIMED,
  share: 8,
  run: (setting, add) => compareSteps(setting, [VGG], add),
};

export const networks: Part<TimedRow> = {
  name: "networks",
  title: `A training step of the other networks; ${HOW}`,
  columns: TIMED,
  share: 6,
  run: (setting, add) => compareSteps(setting, OTHERS, add),
};

const compareSteps = (setting: Setting, all: readonly Network[], add: (row: TimedRow) => void): Promise<void> =>
  withSides(setting, { kind: "step", peer: "gpu_training_step" }, async (sides) => {
    const sizes = setting.small ? SMALL : FULL;
    for (const format of FORMATS) {
      for (const network of all) {
        const what = `${titleOf(network)}, ${format}, batch ${sizes.batch}`;
        const options = writeStep(setting.folder, network, sizes);
        const tolerance = TOLERANCE[format];
        await compare(setting, { what, unit: "images/s", ...sides(format, options), tolerance }, add);
      }
    }
  });
