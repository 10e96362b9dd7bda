import { formats, precisionOf, type UniformId } from "../../formats";
import { runsIn } from "../common/keys";
import type { Perceptron } from "../gradient-pairs/programs";
import type { BifurcationConfig } from "./config";

/** What is run many times. */
export type Cell = Perceptron;

export interface Job extends Cell {
  /** Number of the initialisation, from 0. */
  readonly trial: number;
}

/** Runs of one cell that go through one program at a time. */
export interface Chunk extends Cell {
  /** Numbers of the initialisations. */
  readonly trials: readonly number[];
}

/** The paper's network, about which `one-at-a-time` varies. */
const PAPER = { width: 256, depth: 3, batchSize: 256 };

/** The cells of a configuration, each once, in the order of its lists. */
export function cells(config: BifurcationConfig): Cell[] {
  const { widths, depths, batchSizes } = config;
  const combinations: Omit<Cell, "precision">[] = [];
  if (config.sweep === "product") {
    for (const width of widths) {
      for (const depth of depths) for (const batchSize of batchSizes) combinations.push({ width, depth, batchSize });
    }
  } else {
    // a list that does not hold the paper's value stands still at its first one
    const still = (list: readonly number[], value: number) => (list.includes(value) ? value : list[0]!);
    const centre = {
      width: still(widths, PAPER.width),
      depth: still(depths, PAPER.depth),
      batchSize: still(batchSizes, PAPER.batchSize),
    };
    combinations.push(centre);
    combinations.push(...widths.map((width) => ({ ...centre, width })));
    combinations.push(...depths.map((depth) => ({ ...centre, depth })));
    combinations.push(...batchSizes.map((batchSize) => ({ ...centre, batchSize })));
  }
  const all = config.precisions.flatMap((precision) => combinations.map((cell) => ({ precision, ...cell })));
  return [...new Map(all.map((cell) => [cellKey(cell), cell])).values()];
}

export const cellKey = (cell: Cell) => [cell.precision, cell.width, cell.depth, cell.batchSize].join("/");

export function jobs(config: BifurcationConfig): Job[] {
  return cells(config).flatMap((cell) =>
    Array.from({ length: runsIn(config.runs, cell.precision) }, (_, trial) => ({ ...cell, trial })),
  );
}

/** Jobs in their order, up to so many neighbours of one cell at a time. */
export function chunks(some: readonly Job[], replicas: number): Chunk[] {
  const made: (Cell & { trials: number[] })[] = [];
  for (const { trial, ...cell } of some) {
    const last = made.at(-1);
    if (last && last.trials.length < replicas && cellKey(last) === cellKey(cell)) last.trials.push(trial);
    else made.push({ ...cell, trials: [trial] });
  }
  return made;
}

/**
 * The chunks in which something is missing, each of them whole: a GPU's kernels may sum in another order for another number
 * of networks, so a row is computed in the company that it would have had without a break.
 */
export function unfinished(all: readonly Chunk[], done: (job: Job) => boolean): Chunk[] {
  return all.filter((chunk) => !jobsOf(chunk).every(done));
}

export const jobsOf = ({ trials, ...cell }: Chunk): Job[] => trials.map((trial) => ({ ...cell, trial }));

/** Share of the images that a run looks at: half of the runs in f32 stop early, nearly all in narrower formats, none in wider ones. */
function shareOf(precision: UniformId): number {
  const { precision: significand } = formats[precisionOf(precision).format];
  if (significand < formats.f32.precision) return 0.1;
  return significand > formats.f32.precision ? 1 : 0.75;
}

/** Multiplications of the forward pass for one image. */
const multiplications = ({ width, depth }: Cell) => 784 * width + (depth - 1) * width * width + 10 * width;

/** Relative cost of a run that looks at every image: multiplications, dearer in f64. */
export function cost(cell: Cell, images: number): number {
  return shareOf(cell.precision) * precisionOf(cell.precision).price * images * (multiplications(cell) + 20_000);
}

/** Floating-point operations of a run of a typical length; the backward sweeps behind a hit are left out. */
export const flop = (cell: Cell, images: number): number =>
  2 * shareOf(cell.precision) * images * multiplications(cell);
