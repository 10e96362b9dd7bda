import { relu } from "../activation";
import { batchNorm as batchNormLayer } from "../batch-norm";
import { dropout as dropoutLayer } from "../dropout";
import { type Layer, sequential } from "../layer";
import { linear, requireWidth } from "../linear";

export interface MlpOptions {
  /** Features of the input, e.g. 784. */
  readonly inputs: number;
  /** Widths of the hidden layers, from the input on; any number of them. */
  readonly hidden: readonly number[];
  readonly classes: number;
  /** What follows each hidden layer; default ReLU. */
  readonly activation?: Layer;
  /** Whether the activation follows the first hidden layer, too; default true. */
  readonly firstActivation?: boolean;
  /** Batch normalisation `bn1`, `bn2`, … of each hidden layer, before the activation; default false. */
  readonly batchNorm?: boolean;
  /** Rate of dropout `dropout1`, `dropout2`, … after each hidden layer's activation; default 0: none. */
  readonly dropout?: number;
}

/**
 * A multilayer perceptron: linear layers `fc1`, `fc2`, … with an activation after each hidden layer.
 * 784-256-256-256-10 is the network of Bertoin et al. (2021), section 3, and 784-2048-2048-2048-10 that of their
 * trainings on MNIST, with and without batch normalisation or dropout.
 *
 * @example
 * ```ts
 * import { mlp } from "nonsmooth";
 *
 * const network = mlp({ inputs: 784, hidden: [256, 256], classes: 10, batchNorm: true });
 * console.log(network.parameters.map(({ name }) => name).join(" "));
 * // fc1.weight fc1.bias bn1.weight bn1.bias fc2.weight fc2.bias bn2.weight bn2.bias fc3.weight fc3.bias
 * ```
 */
export function mlp(options: MlpOptions): Layer {
  const { inputs, hidden, classes, activation = relu, firstActivation = true } = options;
  const { batchNorm = false, dropout = 0 } = options;
  for (const width of hidden) requireWidth("width", width);
  const widths = [inputs, ...hidden, classes];
  const layers = widths.slice(1).flatMap((width, i) => {
    const number = i + 1;
    const layer = linear(`fc${number}`, widths[i]!, width);
    if (i === hidden.length) return [layer];
    return [
      layer,
      ...(batchNorm ? [batchNormLayer(`bn${number}`, width)] : []),
      ...(i > 0 || firstActivation ? [activation] : []),
      dropoutLayer(`dropout${number}`, dropout, [width]),
    ];
  });
  return sequential(layers);
}
