/**
 * Residual networks (He et al. 2016) as in torchvision: no biases in the convolutions, whose weights are drawn by
 * `kaiming_normal_(mode="fan_out", nonlinearity="relu")`; names of its state_dict, `layer1.0.downsample.0.weight`.
 */
import { relu } from "../activation";
import { batchNorm as batchNormLayer } from "../batch-norm";
import { type Conv2dOptions, conv2d } from "../conv2d";
import { globalAveragePool } from "../global-average-pool";
import { kaimingNormal } from "../init";
import { type Layer, sequential } from "../layer";
import { linear } from "../linear";
import { type Mixture, maxPool } from "../max-pool";
import { residual } from "../residual";
import { type ImageNetworkOptions, requireImageShape, requireWidths } from "./image";

/**
 * The layers before the stages: `imagenet`, a convolution 7 × 7 of stride 2 and the max-pool 3 × 3 of stride 2; `cifar`,
 * a convolution 3 × 3 alone; `paper`, a convolution 3 × 3 and that max-pool, as Bertoin et al. (2021) trained it on CIFAR10.
 */
export type Stem = "paper" | "cifar" | "imagenet";

export interface ResnetForm {
  readonly name: string;
  readonly stem: Stem;
  readonly block: "basic" | "bottleneck";
  /** Blocks in each of the four stages. */
  readonly blocks: readonly number[];
}

/** The layers that depend on a network's options. */
interface Parts {
  readonly activation: Layer;
  readonly mixture?: Mixture;
  convolution(name: string, options: Conv2dOptions): Layer;
  /** One layer or none. */
  norm(name: string, channels: number): Layer[];
}

interface Block {
  readonly name: string;
  readonly inputs: number;
  /** Width of its stage. */
  readonly width: number;
  readonly stride: number;
}

interface BlockForm {
  /** Channels of the result, per width of the stage. */
  readonly expansion: number;
  layers(block: Block, parts: Parts): Layer[];
}

const forms: Readonly<Record<ResnetForm["block"], BlockForm>> = {
  basic: {
    expansion: 1,
    layers: ({ name, inputs, width, stride }, { activation, convolution, norm }) => [
      convolution(`${name}.conv1`, { inputs, outputs: width, kernel: 3, stride, padding: 1 }),
      ...norm(`${name}.bn1`, width),
      activation,
      convolution(`${name}.conv2`, { inputs: width, outputs: width, kernel: 3, padding: 1 }),
      ...norm(`${name}.bn2`, width),
    ],
  },
  // the stride is at the 3 × 3, as in torchvision and not as in the paper
  bottleneck: {
    expansion: 4,
    layers: ({ name, inputs, width, stride }, { activation, convolution, norm }) => [
      convolution(`${name}.conv1`, { inputs, outputs: width, kernel: 1 }),
      ...norm(`${name}.bn1`, width),
      activation,
      convolution(`${name}.conv2`, { inputs: width, outputs: width, kernel: 3, stride, padding: 1 }),
      ...norm(`${name}.bn2`, width),
      activation,
      convolution(`${name}.conv3`, { inputs: width, outputs: 4 * width, kernel: 1 }),
      ...norm(`${name}.bn3`, 4 * width),
    ],
  },
};

/**
 * A residual network: a stem, four stages of blocks, the mean over the image, and a linear layer `fc` of PyTorch's default
 * initialisation. `widths` are those of the four stages, default 64, 128, 256, 512; the stem has the first width. Batch
 * normalisation (γ = 1, β = 0) is the default; without it only `fc` has a bias.
 */
export function resnet(form: ResnetForm, options: ImageNetworkOptions): Layer {
  const { inputShape, classes, activation = relu, batchNorm = true, widths = [64, 128, 256, 512] } = options;
  requireImageShape(form.name, inputShape);
  requireWidths(form.name, widths, 4);
  const parts: Parts = {
    activation,
    mixture: options.maxPoolMixture,
    convolution: (name, convolution) =>
      conv2d(name, { ...convolution, bias: false, initialisation: kaimingNormal("out") }),
    norm: (name, channels) => (batchNorm ? [batchNormLayer(name, channels)] : []),
  };
  const { expansion } = forms[form.block];
  const stages = widths.flatMap((width, stage) =>
    Array.from({ length: form.blocks[stage]! }, (_, i) => {
      const name = `layer${stage + 1}.${i}`;
      const before = stage === 0 ? widths[0]! : widths[stage - 1]! * expansion;
      const inputs = i === 0 ? before : width * expansion;
      return block({ name, inputs, width, stride: i === 0 && stage > 0 ? 2 : 1 }, form, parts);
    }),
  );
  return sequential([
    ...stem(form.stem, inputShape[2], widths[0]!, parts),
    ...stages,
    globalAveragePool,
    linear("fc", widths[3]! * expansion, classes),
  ]);
}

function stem(kind: Stem, inputs: number, outputs: number, parts: Parts): Layer[] {
  const { activation, mixture, convolution, norm } = parts;
  const window = kind === "imagenet" ? { kernel: 7, stride: 2, padding: 3 } : { kernel: 3, padding: 1 };
  return [
    convolution("conv1", { inputs, outputs, ...window }),
    ...norm("bn1", outputs),
    activation,
    ...(kind === "cifar" ? [] : [maxPool({ kernel: 3, stride: 2, padding: 1, mixture })]),
  ];
}

function block(own: Block, form: ResnetForm, parts: Parts): Layer {
  const { expansion, layers } = forms[form.block];
  const { name, inputs, width, stride } = own;
  const outputs = width * expansion;
  const projection = [
    parts.convolution(`${name}.downsample.0`, { inputs, outputs, kernel: 1, stride }),
    ...parts.norm(`${name}.downsample.1`, outputs),
  ];
  return residual({
    block: sequential(layers(own, parts)),
    shortcut: sequential(stride !== 1 || inputs !== outputs ? projection : []),
    activation: parts.activation,
  });
}
