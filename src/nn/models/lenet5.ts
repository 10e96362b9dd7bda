/**
 * LeNet-5 (LeCun et al. 1998) as in Boustany, "On the numerical reliability of nonsmooth autodiff: a MaxPool case study"
 * (TMLR 2024), github.com/ryanboustany/MaxPool-numerical, models/lenet.py: ReLU instead of the sigmoid, max-pooling, all
 * connections, and batch normalisation after the pool, and in the classifier after the activation. Names are those of
 * that module, in which places without parameters count.
 */
import { relu } from "../activation";
import { batchNorm as batchNormLayer } from "../batch-norm";
import { conv2d } from "../conv2d";
import { flatten } from "../flatten";
import { type Layer, sequential } from "../layer";
import { linear } from "../linear";
import { maxPool } from "../max-pool";
import { type ImageNetworkOptions, requireImageShape, requireWidths } from "./image";

/**
 * LeNet-5: two convolutions 5 × 5 without padding, each with activation and max-pool 2 × 2, and three linear layers.
 * PyTorch's default initialisation. Images of at least 16 × 16; the original ones are 28 × 28 × 1. `widths` are those of the
 * four hidden layers, default 6, 16, 120, 84; batch normalisation default false.
 *
 * @example
 * ```ts
 * import { lenet5 } from "nonsmooth";
 *
 * const network = lenet5({ inputShape: [28, 28, 1], classes: 10 });
 * console.log(network.parameters.length, network.parameters[0]!.name); // 10 features.0.weight
 * ```
 */
export function lenet5(options: ImageNetworkOptions): Layer {
  const { inputShape, classes, activation = relu, batchNorm = false, widths = [6, 16, 120, 84] } = options;
  const { maxPoolMixture: mixture } = options;
  requireImageShape("lenet5", inputShape, 16);
  requireWidths("lenet5", widths, 4);
  const [height, width, channels] = inputShape;
  const [c1, c2, f1, f2] = widths as [number, number, number, number];
  const norm = (name: string, n: number) => (batchNorm ? [batchNormLayer(name, n)] : []);
  const convolution = (place: number, inputs: number, outputs: number) => [
    conv2d(`features.${place}`, { inputs, outputs, kernel: 5 }),
    activation,
    maxPool({ kernel: 2, mixture }),
    ...norm(`features.${place + 3}`, outputs),
  ];
  const hidden = (place: number, inputs: number, outputs: number) => [
    linear(`classifier.${place}`, inputs, outputs),
    activation,
    ...norm(`classifier.${place + 2}`, outputs),
  ];
  return sequential([
    ...convolution(0, channels, c1),
    ...convolution(4, c1, c2),
    flatten,
    ...hidden(0, c2 * pooled(pooled(height)) * pooled(pooled(width)), f1),
    ...hidden(3, f1, f2),
    linear("classifier.6", f2, classes),
  ]);
}

/** The length that remains after a convolution of 5 and a pool of 2. */
const pooled = (n: number) => Math.floor((n - 4) / 2);
