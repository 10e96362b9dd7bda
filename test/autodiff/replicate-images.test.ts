/** Whole training steps of convolutional networks: many in one program against the same networks one by one. */
import { afterAll, describe, expect, it } from "vitest";
import { kinkInput } from "../../src/autodiff";
import { createEngine } from "../../src/engines";
import { type FormatName, formatNames } from "../../src/formats";
import { input, size, type Tensor, tensor } from "../../src/ir";
import { createNetwork, drawMasks, dropout, initialise, type Layer, sequential } from "../../src/nn";
import { adam, type Optimizer, scalarFeeds, sgd } from "../../src/optim";
import { stream } from "../../src/util";
import { both, range, step } from "../helpers/replicas";

const BATCH = 4;
const CLASSES = 5;

interface Example {
  readonly network: Layer;
  readonly image: readonly [number, number, number];
  readonly optimizer: Optimizer;
}

const example = (
  name: string,
  image: Example["image"],
  options: { readonly widths: readonly number[]; readonly batchNorm: boolean },
  optimizer: Optimizer,
): Example => ({
  network: sequential([
    dropout("pixels", 0.2, image),
    createNetwork(name, { inputShape: image, classes: CLASSES, ...options }),
  ]),
  image,
  optimizer,
});

const momentum = sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.01 });
const examples: Readonly<Record<string, Example>> = {
  lenet5: example("lenet5", [16, 16, 1], { widths: [3, 4, 10, 8], batchNorm: false }, momentum),
  "lenet5 with batch-norm": example("lenet5", [16, 16, 1], { widths: [3, 4, 10, 8], batchNorm: true }, adam()),
  vgg11: example("vgg11", [32, 32, 3], { widths: [4, 6, 16, 16, 8], batchNorm: false }, momentum),
  resnet18: example("resnet18", [16, 16, 3], { widths: [4, 6, 16, 8], batchNorm: true }, momentum),
};

/** A step and its feeds: what all networks share, and what R of them have of their own. */
function stepOf({ network, image, optimizer }: Example, format: FormatName, replicas: number) {
  const shape = [BATCH, ...image];
  const { outputs, state } = step(network, input("x", format, shape), optimizer);
  const random = stream(3, "images");
  const pixels = Float64Array.from({ length: size(shape) }, () => random.integer(5) / 4 - 0.5);
  const shared: Record<string, Tensor> = {
    x: tensor(format, pixels, shape),
    labels: tensor("i32", range(BATCH)),
    ...scalarFeeds(optimizer, format, { step: 1 }),
    [kinkInput("relu.zero")]: tensor(format, 0.5),
  };
  const own = range(replicas).map((r) => ({
    ...initialise(network, format, stream(3, "replica", r)),
    ...state,
    ...drawMasks(network, BATCH, (name) => stream(3, name, r)),
  }));
  return { outputs, shared, own };
}

describe.each(["reference", "onnx-cpu"])("on %s", (id) => {
  const engine = createEngine(id);
  afterAll(() => engine.dispose());

  describe.each(formatNames)("%s", (format) => {
    it.each(Object.keys(examples))(
      "three networks trained together have the bits of each trained alone: %s",
      async (name) => {
        const { outputs, shared, own } = stepOf(examples[name]!, format, 3);
        const { together, alone } = await both(engine, outputs, shared, own);
        const bad = Object.keys(outputs).filter((o) =>
          together.some((t, r) => t[o]!.data.some((v, i) => !Object.is(v, alone[r]![o]!.data[i]))),
        );
        expect(bad).toEqual([]);
        expect(together).toEqual(alone);
      },
    );
  });
});
