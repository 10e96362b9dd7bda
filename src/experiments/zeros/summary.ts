import type { Answered } from "../../runs";
import { groupBy, proportion } from "../../util";
import type { ZerosConfig } from "./config";
import type { ZerosRow } from "./rows";
import { type Cell, cellKey, cells } from "./runs";

/** Zeros among ReLU calls, a call being one unit on one image in one step. */
export interface Count {
  readonly calls: number;
  /** Exact zeros among the pre-activations, and those of them that are structural: of dead units and of images without input. */
  readonly zeros: number;
  readonly structural: number;
  /** zeros / calls; null without calls. */
  readonly share: number | null;
  /** Wilson's 95 % interval, as if calls were independent. */
  readonly low: number | null;
  readonly high: number | null;
}

/** A perceptron in a precision, all of its runs together. */
export interface ZerosCell extends Cell, Count {
  readonly planned: number;
  readonly finished: number;
  /** Counted up to the step that diverged. */
  readonly diverged: number;
  /** Not counted. */
  readonly failed: number;
  /** Passes over the data that were begun, over all runs. */
  readonly epochs: number;
  /**
   * The published definition: zeros of all images divided by layers × neurons × epochs, which leaves the images out of the
   * denominator. The share is this divided by the number of images. And its denominator for one run, the published abscissa.
   */
  readonly publishedRatio: number | null;
  readonly publishedCalls: number;
  /** Mean over the finished runs, after the last epoch. */
  readonly testAccuracy: number | null;
  readonly byEpoch: readonly ({ readonly epoch: number } & Count)[];
  readonly byLayer: readonly ({ readonly layer: number } & Count)[];
}

export type ZerosSummary = readonly ZerosCell[];

export function summarize(rows: readonly ZerosRow[], config: ZerosConfig): ZerosSummary {
  const groups = groupBy(rows, cellKey);
  return cells(config).map((cell) => ({ ...cell, ...summarizeCell(cell, groups.get(cellKey(cell)) ?? [], config) }));
}

function summarizeCell(cell: Cell, all: readonly ZerosRow[], config: ZerosConfig): Omit<ZerosCell, keyof Cell> {
  const { width, depth } = cell;
  const counted = all.filter((row) => row.outcome !== "failed");
  const first = counted.filter(({ layer }) => layer === 1);
  const ends = (outcome: string) => first.filter((row) => row.outcome === outcome);
  const count = poolZeros(counted);
  const accuracies = ends("finished").map((row) => row.testAccuracy);
  return {
    ...count,
    planned: config.runs,
    finished: accuracies.length,
    diverged: ends("diverged").length,
    failed: all.length - counted.length,
    epochs: first.length,
    publishedRatio: first.length === 0 ? null : count.zeros / (width * depth * first.length),
    publishedCalls: width * depth * config.epochs,
    testAccuracy: accuracies.length === 0 ? null : accuracies.reduce((sum, a) => sum + a, 0) / accuracies.length,
    byEpoch: by(counted, (row) => row.epoch).map(([epoch, some]) => ({ epoch, ...poolZeros(some) })),
    byLayer: by(counted, (row) => row.layer).map(([layer, some]) => ({ layer, ...poolZeros(some) })),
  };
}

type Counted = Answered<ZerosRow>;

const by = (rows: readonly Counted[], of: (row: Counted) => number): [number, Counted[]][] =>
  [...groupBy(rows, of)].sort(([a], [b]) => a - b);

type Tally = Pick<Count, "calls" | "zeros" | "structural">;

/**
 * The counts of some cells, epochs or layers together, with the share of zeros and its interval.
 *
 * @example
 * ```ts
 * import { poolZeros } from "nonsmooth";
 *
 * const layers = [{ calls: 6000, zeros: 2, structural: 0 }, { calls: 4000, zeros: 0, structural: 0 }];
 * console.log(poolZeros(layers)); // {
 * //   calls: 10000,
 * //   zeros: 2,
 * //   structural: 0,
 * //   share: 0.0002,
 * //   low: 0.00005484892732085777,
 * //   high: 0.0007289958440074671
 * // }
 * ```
 */
export function poolZeros(counts: readonly Tally[]): Count {
  const total = (column: keyof Tally) => counts.reduce((sum, count) => sum + count[column], 0);
  const tally = { calls: total("calls"), zeros: total("zeros"), structural: total("structural") };
  const { estimate, low, high } = proportion(tally.zeros, tally.calls);
  return { ...tally, share: estimate, low, high };
}
