/** Networks with max-pooling, as experiments on its ties configure them. */
import { z } from "zod";
import { createNetwork, type ImageShape, type Layer, type Mixture } from "../../nn";
import { dataKeys, layerWidths, truth } from "./keys";

const names = ["lenet5", "vgg11", "vgg13", "vgg16", "vgg19", "resnet18", "resnet50"] as const;

export const poolNetworkKeys = {
  dataset: dataKeys.dataset,
  images: dataKeys.images,
  preprocessing: dataKeys.preprocessing,
  label: dataKeys.label,
  network: z
    .enum(names, `must be one of ${names.join(", ")}`)
    .default("lenet5")
    .describe(names.join(", ")),
  widths: layerWidths.nullable().default(null).describe("channels of the stages; null: the network's own"),
  batchNorm: truth.default(false).describe("whether the network has batch normalisation"),
};

const keys = z.object(poolNetworkKeys);
export type PoolNetworkKeys = z.infer<typeof keys>;

/** What a network is built for. */
export interface Problem {
  readonly inputShape: ImageShape;
  readonly classes: number;
}

/** @throws NonsmoothError for widths that the network cannot have */
export const poolNetwork = (
  { network, batchNorm, widths }: Pick<PoolNetworkKeys, "network" | "batchNorm" | "widths">,
  { inputShape, classes }: Problem,
  maxPoolMixture?: Mixture,
): Layer =>
  createNetwork(network, { inputShape, classes, batchNorm, maxPoolMixture, ...(widths === null ? {} : { widths }) });
