import { formatOf, formats, precisionOf, type UniformId } from "../../formats";
import type { Work } from "../common/jobs";
import { runsIn } from "../common/keys";
import { type Perceptron, perceptronKey } from "../gradient-pairs/programs";
import type { BifurcationConfig } from "./config";

/** What is run many times. */
export type Cell = Perceptron;

/** One initialisation of a cell. */
export interface Job extends Cell {
  /** From 0. */
  readonly trial: number;
}

/** The paper's network, around which `one-at-a-time` varies. */
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
    // a list without the paper's value is held at its first value
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
  return [...new Map(all.map((cell) => [perceptronKey(cell), cell])).values()];
}

export function jobs(config: BifurcationConfig): Job[] {
  return cells(config).flatMap((cell) =>
    Array.from({ length: runsIn(config.runs, cell.precision) }, (_, trial) => ({ ...cell, trial })),
  );
}

/** Share of the images that a run looks at: half of the runs in f32 stop early, nearly all in narrower formats, none in wider ones. */
function shareOf(precision: UniformId): number {
  const { precision: significand } = formatOf(precisionOf(precision).format);
  if (significand < formats.f32.precision) return 0.1;
  return significand > formats.f32.precision ? 1 : 0.75;
}

/** Multiplications of the forward pass for one image. */
const multiplications = ({ width, depth }: Cell) => 784 * width + (depth - 1) * width * width + 10 * width;

/** What a run of a typical length computes; the backward sweeps after a hit are left out. */
export function work(cell: Cell, images: number): Work {
  const operations = 2 * shareOf(cell.precision) * images;
  return { flop: operations * multiplications(cell), overhead: operations * 20_000 };
}
