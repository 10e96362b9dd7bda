/** The published numbers in data/paper/, whose README says what each column means. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { UniformId } from "../formats";
import { projectRoot } from "../util";

/** Of 1000 initialisations of a perceptron, those with a difference. */
export interface PublishedFrequency {
  readonly panel: string;
  readonly precision: UniformId;
  readonly x: number;
  readonly different?: number;
  readonly runs?: number;
  readonly fraction?: number;
  readonly how: "counted" | "read from figure" | "not run";
}

/** A convolutional network's initialisations, compared up to their first difference. */
export interface PublishedNetwork {
  readonly network: string;
  readonly batchNorm: boolean;
  readonly precision: UniformId;
  readonly runs: number;
  readonly different: number;
  /** Mini-batches that were compared, each run's up to its first difference. */
  readonly batches: number;
  readonly how: "counted" | "rows counted";
}

/** What tells one kind of published training from another. */
interface PublishedTraining {
  readonly dataset: string;
  readonly network: string;
  readonly optimizer: string;
  readonly batchNorm: boolean;
  readonly dropout: number;
  /** ReLU'(0) */
  readonly value: number;
}

export interface PublishedEpoch extends PublishedTraining {
  readonly epoch: number;
  /** Runs that were alive, and those of them whose loss is not finite; the means are of the others. */
  readonly runs: number;
  readonly notFinite: number;
  readonly trainLoss: number;
  readonly trainLossSd: number;
  readonly testAccuracy: number;
}

export interface PublishedAccuracy extends PublishedTraining {
  /** Values of one experiment are comparable: the main text's, or the one with dropout. */
  readonly experiment: "training" | "dropout";
  readonly epochs: number;
  /** Runs in the table, and those of them that failed; absent where only a figure is left. */
  readonly runs?: number;
  readonly failed?: number;
  /** Over the runs that did not fail. */
  readonly mean?: number;
  readonly sd?: number;
  readonly q1?: number;
  readonly median?: number;
  readonly q3?: number;
  readonly how: "counted" | "read from figure" | "not visible";
}

/** Exact zeros of a perceptron in training. */
export interface PublishedZeros {
  readonly precision: UniformId;
  readonly layers: number;
  readonly neurons: number;
  readonly epochs: number;
  readonly zeros: number;
  readonly calls: number;
}

/** The same, epoch by epoch. */
export interface PublishedZerosOfEpoch {
  readonly precision: UniformId;
  readonly layers: number;
  readonly neurons: number;
  /** Counted from 1. */
  readonly epoch: number;
  readonly zeros: number;
}

/** Trainings by the value at ties of max-pooling. */
export interface PublishedMaxPoolTies {
  readonly dataset: string;
  readonly network: string;
  readonly precision: UniformId;
  readonly batchNorm: boolean;
  /** β */
  readonly tie: number;
  readonly epochs: number;
  /** In the table, and those of them that ended at chance. */
  readonly runs: number;
  readonly failed: number;
  /** Over the runs that did not fail; absent where all did. */
  readonly mean?: number;
  readonly sd?: number;
}

/** A row of each table. */
export interface PublishedTables {
  readonly "bifurcation-frequency": PublishedFrequency;
  readonly "bifurcation-frequency-networks": PublishedNetwork;
  readonly "training-curves": PublishedEpoch;
  readonly "training-final-accuracy": PublishedAccuracy;
  readonly zeros: PublishedZeros;
  readonly "zeros-by-epoch": PublishedZerosOfEpoch;
  readonly "max-pool-ties": PublishedMaxPoolTies;
}

/**
 * The published numbers of a table in data/paper/.
 *
 * @example
 * ```ts
 * import { published } from "nonsmooth";
 *
 * const counted = published("bifurcation-frequency").find(({ panel, precision }) => panel === "neurons" && precision === 32);
 * console.log(counted); // {
 * //   panel: 'neurons',
 * //   precision: 32,
 * //   x: 16,
 * //   different: 21,
 * //   runs: 1000,
 * //   fraction: 0.021,
 * //   how: 'counted'
 * // }
 * ```
 */
export function published<Name extends keyof PublishedTables>(name: Name): readonly PublishedTables[Name][] {
  // plain comma-separated values without quotes
  const text = readFileSync(join(projectRoot, "data", "paper", `${name}.csv`), "utf8");
  const [header, ...lines] = text.trim().split("\n");
  const columns = header!.split(",");
  return lines.map((line) => {
    const cells = line.split(",").map((cell, i) => [columns[i]!, read(cell)] as const);
    return Object.fromEntries(cells.filter(([, cell]) => cell !== undefined)) as unknown as PublishedTables[Name];
  });
}

function read(cell: string): string | number | boolean | undefined {
  if (cell === "") return undefined;
  if (cell === "true" || cell === "false") return cell === "true";
  return Number.isNaN(Number(cell)) ? cell : Number(cell);
}
