/** What is run many times: a network in a precision, and the two conventions that are compared. */

import { knownKinks } from "../../autodiff";
import { precisionOf, type UniformId } from "../../formats";
import { createNetwork, type ImageShape, type Layer, type Parameter, torchDefault } from "../../nn";
import { fail } from "../../util";
import type { Comparison, NetworksConfig } from "./config";

/** Columns that tell one cell from another. */
export interface Cell {
  readonly network: string;
  readonly batchNorm: boolean;
  readonly activation: Comparison["activation"];
  /** What is compared: "relu.zero 0 | 1". */
  readonly kinks: string;
  readonly precision: UniformId;
}

/** A cell with the two values that it compares at each kink. */
export interface ComparedCell extends Cell {
  readonly pairs: Comparison["kinks"];
}

/** One initialisation of a cell. */
export interface Job extends ComparedCell {
  /** From 0. */
  readonly trial: number;
}

/** "relu6.zero 0 | 1, relu6.six 0 | 1" */
export const kinksLabel = ({ kinks }: Pick<Comparison, "kinks">): string =>
  Object.entries(kinks)
    .map(([name, [a, b]]) => `${name} ${a} | ${b}`)
    .join(", ");

/** The cells of a configuration, in the order of its lists. */
export function cells(config: NetworksConfig): ComparedCell[] {
  return config.networks.flatMap((network) =>
    config.batchNorm.flatMap((batchNorm) =>
      config.comparisons.flatMap((comparison) =>
        config.precisions.map((precision) => ({
          network,
          batchNorm,
          activation: comparison.activation,
          kinks: kinksLabel(comparison),
          precision,
          pairs: comparison.kinks,
        })),
      ),
    ),
  );
}

export const jobs = (config: NetworksConfig): Job[] =>
  cells(config).flatMap((cell) => Array.from({ length: config.runs }, (_, trial) => ({ ...cell, trial })));

export const cellKey = ({ network, batchNorm, activation, kinks, precision }: Cell): string =>
  [network, batchNorm, activation, kinks, precision].join("/");

/** "vgg11 + BN, relu.zero 0 | 1, 32 bits" */
export const cellLabel = ({ network, batchNorm, kinks, precision }: Cell): string =>
  `${network}${batchNorm ? " + BN" : ""}, ${kinks}, ${precisionOf(precision).label}`;

/** @throws NonsmoothError for kinks that the comparison's activation does not have */
export function checkComparison({ activation, kinks }: Comparison): void {
  const own = Object.keys(knownKinks()).filter((name) => name.startsWith(`${activation}.`));
  const stray = Object.keys(kinks).find((name) => !own.includes(name));
  if (stray !== undefined) fail("comparisons, kinks", `must be a kink of ${activation}: ${own.join(", ")}`, stray);
}

/** @throws NonsmoothError for an unknown network, and for widths that it cannot have */
export function networkOf(
  { widths, initialisation }: NetworksConfig,
  { network, batchNorm, activation }: Pick<Cell, "network" | "batchNorm" | "activation">,
  { inputShape, classes }: { readonly inputShape: ImageShape; readonly classes: number },
): Layer {
  const own = widths[network];
  const layer = createNetwork(network, {
    inputShape,
    classes,
    batchNorm,
    activation,
    ...(own ? { widths: own } : {}),
  });
  return initialisation === "reset" ? { ...layer, parameters: layer.parameters.map(reset) } : layer;
}

/**
 * A weight [F, kh, kw, C] as `reset_parameters()` of PyTorch's Conv2d draws it: U(−1/√fanIn, 1/√fanIn). In these networks only
 * the convolutions of residual networks start differently.
 */
function reset(parameter: Parameter): Parameter {
  const { shape } = parameter;
  if (shape.length !== 4) return parameter;
  const [features, height, width, channels] = shape as [number, number, number, number];
  const window = height * width;
  return { ...parameter, initialise: torchDefault({ in: window * channels, out: window * features }) };
}
