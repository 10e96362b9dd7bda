import type { Layer } from "../layer";
import type { ImageNetworkOptions } from "./image";
import { resnet, type Stem } from "./resnet";

export interface Resnet18Options extends ImageNetworkOptions {
  /** Default `paper`: the network that Bertoin et al. (2021) trained on CIFAR10. */
  readonly stem?: Stem;
}

/**
 * ResNet-18: four stages of two basic blocks. The stem `paper` is github.com/deel-ai/relu-prime, resnet.py: a convolution
 * 3 × 3, followed by ImageNet's max-pool, so that the first stage sees 16 × 16 of 32 × 32 pixels; `cifar` is the
 * usual form without that pool; `imagenet` is torchvision's. For widths and batch normalisation see `resnet`.
 *
 * @example
 * ```ts
 * import { applyNetwork, input, kinkSites, resnet18 } from "nonsmooth";
 *
 * const network = resnet18({ inputShape: [32, 32, 3], classes: 10, stem: "cifar" });
 * const { output } = applyNetwork(network, input("x", "f32", [1, 32, 32, 3]));
 * console.log(kinkSites([output]).length); // 17
 * ```
 */
export const resnet18 = ({ stem = "paper", ...options }: Resnet18Options): Layer =>
  resnet({ name: "resnet18", stem, block: "basic", blocks: [2, 2, 2, 2] }, options);
