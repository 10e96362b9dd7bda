/** Every network, by its name in configurations. To add one: its file, and a line in the registry. */
import { fail, requireName } from "../../util";
import { type ActivationName, activationOf } from "../activation";
import { flatten } from "../flatten";
import { type Layer, requireLayer, sequential } from "../layer";
import type { Mixture } from "../max-pool";
import { type ImageNetworkOptions, type ImageShape, requireImageShape } from "./image";
import { lenet5 } from "./lenet5";
import { mlp } from "./mlp";
import { resnet18 } from "./resnet18";
import { resnet50 } from "./resnet50";
import { type VggDepth, vgg } from "./vgg";

/** Plain data, as a configuration holds it, unless the activation is a layer. */
export interface NetworkOptions {
  /** Of one image: [height, width, channels]. The network is applied to [B, height, width, channels]. */
  readonly inputShape: ImageShape;
  readonly classes: number;
  /** Default true for residual networks, false for the others. */
  readonly batchNorm?: boolean;
  /** Rate of dropout after the hidden layers, in [0, 1); default 0. Only `mlp` has it. */
  readonly dropout?: number;
  /** A name, or a layer of your own: `activation(f)`. Default `relu`. */
  readonly activation?: ActivationName | Layer;
  /** Widths of the hidden layers of `mlp`, channels of the stages of the others; default: each network's own. */
  readonly widths?: readonly number[];
  /** How its max-pools compute their value; default: the maximum. `mlp` has no max-pool. */
  readonly maxPoolMixture?: Mixture;
}

export interface Network {
  /** What people call it: "VGG11". */
  readonly title: string;
  readonly summary: string;
  create(options: NetworkOptions): Layer;
}

export const networks = {
  mlp: {
    title: "perceptron",
    summary: "multilayer perceptron; 2048, 2048, 2048 hidden units unless `widths` says otherwise",
    create(options) {
      const { inputShape, activation, widths: hidden = [2048, 2048, 2048], maxPoolMixture, ...others } = options;
      if (maxPoolMixture) fail("mlp, maxPoolMixture", "must be absent; mlp has no max-pool", maxPoolMixture);
      requireImageShape("mlp", inputShape);
      const [height, width, channels] = inputShape;
      const inputs = height * width * channels;
      return sequential([flatten, mlp({ inputs, hidden, activation: activationOf(activation ?? "relu"), ...others })]);
    },
  },
  lenet5: images("lenet5", "LeNet-5", "LeNet-5 with ReLU and max-pooling, for images of 28 × 28", lenet5),
  vgg11: vggOf(11),
  vgg13: vggOf(13),
  vgg16: vggOf(16),
  vgg19: vggOf(19),
  resnet18: images(
    "resnet18",
    "ResNet18",
    "ResNet-18 with a 3 × 3 stem and ImageNet's max-pool, as published for CIFAR10",
    resnet18,
  ),
  "resnet18-cifar": images(
    "resnet18-cifar",
    "ResNet18 without max-pool",
    "ResNet-18 with a 3 × 3 stem and no max-pool",
    (options) => resnet18({ ...options, stem: "cifar" }),
  ),
  resnet50: images("resnet50", "ResNet50", "ResNet-50 for ImageNet", resnet50),
} satisfies Record<string, Network>;

export type NetworkName = keyof typeof networks;

/**
 * The names that `createNetwork` takes.
 *
 * @example
 * ```ts
 * import { networkNames } from "nonsmooth";
 *
 * console.log(networkNames.join(" ")); // mlp lenet5 vgg11 vgg13 vgg16 vgg19 resnet18 resnet18-cifar resnet50
 * ```
 */
export const networkNames = Object.keys(networks) as NetworkName[];

/**
 * A network from a configuration: its name, and its options. A function of the options is a network of your own, which takes the same.
 * @throws for an unknown name, with the nearest one as a hint, for options that break their rules, and for a function that gives no layer
 *
 * @example
 * ```ts
 * import { createNetwork } from "nonsmooth";
 *
 * const network = createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [64] });
 * console.log(network.parameters.map(({ name, shape }) => `${name} [${shape}]`).join(" "));
 * // fc1.weight [64,784] fc1.bias [64] fc2.weight [10,64] fc2.bias [10]
 * ```
 *
 * @example
 * ```ts
 * import { createNetwork, flatten, linear, type NetworkOptions, relu, sequential } from "nonsmooth";
 *
 * const narrow = ({ inputShape: [height, width, channels], classes, widths = [8] }: NetworkOptions) => {
 *   const [hidden = 8] = widths;
 *   return sequential([flatten, linear("a", height * width * channels, hidden), relu, linear("b", hidden, classes)]);
 * };
 * const network = createNetwork(narrow, { inputShape: [28, 28, 1], classes: 10 });
 * console.log(network.parameters.map(({ shape }) => `[${shape}]`).join(" ")); // [8,784] [8] [10,8] [10]
 * ```
 */
// any text, so that a name may come from a file; the listed names serve completion
export function createNetwork(
  name: NetworkName | (string & {}) | ((options: NetworkOptions) => Layer),
  options: NetworkOptions,
): Layer {
  if (typeof name === "function") {
    const network = name(options);
    requireLayer(`network ${name.name || "(anonymous)"}`, network);
    return network;
  }
  return networks[requireName("network", networkNames, name)].create(options);
}

/** What people call a network of a configuration: "VGG11"; one that is not ours by its name. */
export const networkTitle = (name: string): string =>
  Object.hasOwn(networks, name) ? networks[name as NetworkName].title : name;

function vggOf(depth: VggDepth): Network {
  const summary = `VGG-${depth} with one linear layer, for images of 32 × 32`;
  return images(`vgg${depth}`, `VGG${depth}`, summary, (options) => vgg(depth, options));
}

function images(name: string, title: string, summary: string, build: (options: ImageNetworkOptions) => Layer): Network {
  return {
    title,
    summary,
    create({ activation = "relu", dropout = 0, ...options }) {
      if (dropout !== 0) fail(`${name}, dropout`, "must be 0; only mlp has dropout", dropout);
      return build({ ...options, activation: activationOf(activation) });
    },
  };
}
