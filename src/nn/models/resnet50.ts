import type { Layer } from "../layer";
import type { ImageNetworkOptions } from "./image";
import { resnet } from "./resnet";

/** ResNet-50 for ImageNet: four stages of 3, 4, 6 and 3 bottlenecks. For widths and batch normalisation see `resnet`. */
export const resnet50 = (options: ImageNetworkOptions): Layer =>
  resnet({ name: "resnet50", stem: "imagenet", block: "bottleneck", blocks: [3, 4, 6, 3] }, options);
