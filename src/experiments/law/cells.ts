/** What is counted: a network in a precision, its sums in an order. */
import type { UniformId } from "../../formats";
import { precisionOf } from "../../formats";
import { createNetwork, type ImageShape, type Layer, networkTitle } from "../../nn";
import type { LawConfig } from "./config";
import type { OrderName } from "./orders";

/** Columns that tell one cell from another. */
export interface Cell {
  readonly network: string;
  /** Of its hidden layers or stages: "256-256-256"; empty for the network's own. */
  readonly widths: string;
  readonly batchNorm: boolean;
  readonly precision: UniformId;
  readonly order: OrderName;
}

/** A cell with its size. */
export interface PlannedCell extends Cell {
  readonly images: number;
  readonly runs: number;
}

/** One initialisation of a cell. */
export interface Job extends Cell {
  readonly images: number;
  /** From 0. */
  readonly trial: number;
}

/** The cells of a configuration, in the order of its lists. */
export const cells = (config: LawConfig): PlannedCell[] =>
  config.networks.flatMap(({ network, widths, batchNorm, ...own }) => {
    const { precisions, orders, images, runs } = { ...config, ...own };
    const common = { network, widths: (widths ?? []).join("-"), batchNorm };
    return precisions.flatMap((precision) => orders.map((order) => ({ ...common, precision, order, images, runs })));
  });

/** Images of the longest pass. */
export const mostImages = (config: LawConfig): number => Math.max(...cells(config).map(({ images }) => images));

export const jobs = (config: LawConfig): Job[] =>
  cells(config).flatMap(({ runs, ...cell }) => Array.from({ length: runs }, (_, trial) => ({ ...cell, trial })));

export const cellKey = ({ network, widths, batchNorm, precision, order }: Cell): string =>
  [network, widths, batchNorm, precision, order].join("/");

/** "3 × 256", "LeNet-5", "perceptron 256-128 + BN": a network without its precision. */
export function networkLabel({ network, widths, batchNorm }: Pick<Cell, "network" | "widths" | "batchNorm">): string {
  const list = widths.split("-");
  const uniform = network === "mlp" && widths !== "" && new Set(list).size === 1;
  const name = networkTitle(network);
  const own = uniform ? `${list.length} × ${list[0]}` : network === "mlp" ? `${name} ${widths}`.trim() : name;
  return batchNorm ? `${own} + BN` : own;
}

/** "3 × 256, 32 bits, parts-64" */
export const cellLabel = (cell: Cell): string =>
  [networkLabel(cell), precisionOf(cell.precision).label, ...(cell.order === "engine" ? [] : [cell.order])].join(", ");

/** The layers of a cell's network. */
export function networkOf(
  { network, widths, batchNorm }: Pick<Cell, "network" | "widths" | "batchNorm">,
  shape: { readonly inputShape: ImageShape; readonly classes: number },
): Layer {
  const own = widths === "" ? {} : { widths: widths.split("-").map(Number) };
  return createNetwork(network, { ...shape, batchNorm, ...own });
}

/** The name of the stream of a trial's parameters: perceptrons are those of `bifurcation-frequency`. */
export function streamName({ network, widths, batchNorm, trial }: Job): (string | number)[] {
  const list = widths.split("-").map(Number);
  const published = network === "mlp" && !batchNorm && widths !== "" && new Set(list).size === 1;
  return published ? ["initialisation", list[0]!, list.length, trial] : ["initialisation", network, trial];
}
