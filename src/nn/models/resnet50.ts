import type { Layer } from "../layer";
import type { ImageNetworkOptions } from "./image";
import { resnet } from "./resnet";

/**
 * ResNet-50 for ImageNet: four stages of 3, 4, 6 and 3 bottlenecks. For widths and batch normalisation see `resnet`.
 *
 * @example
 * ```ts
 * import { resnet50 } from "nonsmooth";
 *
 * const network = resnet50({ inputShape: [224, 224, 3], classes: 1000 });
 * console.log(network.parameters.length); // 161
 * ```
 */
export const resnet50 = (options: ImageNetworkOptions): Layer =>
  resnet({ name: "resnet50", stem: "imagenet", block: "bottleneck", blocks: [3, 4, 6, 3] }, options);
