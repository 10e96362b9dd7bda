/**
 * VGG (Simonyan and Zisserman 2015) in the form of Bertoin et al. (2021), github.com/deel-ai/relu-prime, vgg.py: for images
 * of 32 × 32, with one linear layer as the classifier and PyTorch's default initialisation. Parameters have the names of
 * that module, `features.0.weight` … `classifier.weight`, in which places without parameters count.
 */
import { fail } from "../../util";
import { relu } from "../activation";
import { averagePool } from "../average-pool";
import { batchNorm as batchNormLayer } from "../batch-norm";
import { conv2d } from "../conv2d";
import { flatten } from "../flatten";
import { type Layer, sequential } from "../layer";
import { linear } from "../linear";
import { maxPool } from "../max-pool";
import { type ImageNetworkOptions, requireImageShape, requireWidths } from "./image";

/** Convolutions of each stage, by the number of layers with weights (Simonyan and Zisserman, table 1: A, B, D, E). */
const stages = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
} as const;

export type VggDepth = keyof typeof stages;

/**
 * Stages of convolutions 3 × 3 with bias, each with its activation, and a max-pool 2 × 2 after each stage. Images of at least
 * 32 × 32; what remains of a larger one after five pools is flattened. `widths` are the channels of the five stages, default
 * 64, 128, 256, 512, 512; batch normalisation, before each activation, default false.
 *
 * @example
 * ```ts
 * import { applyNetwork, formatType, input, vgg } from "nonsmooth";
 *
 * const network = vgg(11, { inputShape: [32, 32, 3], classes: 10 });
 * console.log(formatType(applyNetwork(network, input("x", "f32", [1, 32, 32, 3])).output)); // f32[1,10]
 * ```
 */
export function vgg(depth: VggDepth, options: ImageNetworkOptions): Layer {
  if (!Object.hasOwn(stages, depth)) fail("vgg, depth", `must be one of ${Object.keys(stages).join(", ")}`, depth);
  const { inputShape, classes, activation = relu, batchNorm = false } = options;
  const { widths = [64, 128, 256, 512, 512], maxPoolMixture: mixture } = options;
  requireImageShape(`vgg${depth}`, inputShape, 32);
  requireWidths(`vgg${depth}`, widths, 5);
  const [height, width, channels] = inputShape;
  const features: Layer[] = [];
  let inputs = channels;
  for (const [stage, convolutions] of stages[depth].entries()) {
    const outputs = widths[stage]!;
    for (let i = 0; i < convolutions; i++) {
      features.push(conv2d(`features.${features.length}`, { inputs, outputs, kernel: 3, padding: 1 }));
      if (batchNorm) features.push(batchNormLayer(`features.${features.length}`, outputs));
      features.push(activation);
      inputs = outputs;
    }
    features.push(maxPool({ kernel: 2, mixture }));
  }
  features.push(averagePool({ kernel: 1 })); // the published module has it, and it changes nothing
  const pixels = Math.floor(height / 32) * Math.floor(width / 32);
  return sequential([...features, flatten, linear("classifier", inputs * pixels, classes)]);
}
