/** A training step of the paper's networks for images beside PyTorch's on the same GPU. */
import { compare } from "../compare";
import { FULL, SMALL, TOLERANCE, type Trained, writeStep } from "../problem";
import { TIMED } from "../tables";
import type { Part, TimedRow } from "../types";
import { withSides } from "./sides";

const CASES: readonly (readonly [Trained, keyof typeof TOLERANCE])[] = [
  ["vgg11", "f32"],
  ["vgg11", "f16"],
  ["resnet18", "f32"],
  ["resnet18", "f16"],
];
const TITLES = { vgg11: "VGG11", resnet18: "ResNet18 with batch-norm" };

export const step: Part<TimedRow> = {
  name: "step",
  title:
    "A training step (forward, backward, SGD with momentum); images of 32 × 32 and the state held on the device, the loss " +
    "read after every step. PyTorch computes without TF32, in the fastest of its forms",
  columns: TIMED,
  run: (setting, add) =>
    withSides(setting, { kind: "step", peer: "gpu_training_step" }, async (sides) => {
      const sizes = setting.small ? SMALL : FULL;
      for (const [network, format] of CASES) {
        const what = `${TITLES[network]}, ${format}, batch ${sizes.batch}`;
        const options = writeStep(setting.folder, network, sizes);
        const tolerance = TOLERANCE[format];
        await compare(setting, { what, unit: "images/s", ...sides(format, options), tolerance }, add);
      }
    }),
};
