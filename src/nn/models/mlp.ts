import { relu } from "../activation";
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
}

/**
 * A multilayer perceptron: linear layers `fc1`, `fc2`, … with an activation behind each hidden one.
 * 784-256-256-256-10 is the network of Bertoin et al. (2021), section 3.
 */
export function mlp({ inputs, hidden, classes, activation = relu, firstActivation = true }: MlpOptions): Layer {
  for (const width of hidden) requireWidth("width", width);
  const widths = [inputs, ...hidden, classes];
  const layers = widths.slice(1).flatMap((width, i) => {
    const layer = linear(`fc${i + 1}`, widths[i]!, width);
    const last = i === hidden.length;
    return last || (i === 0 && !firstActivation) ? [layer] : [layer, activation];
  });
  return sequential(layers);
}
