import type { Answered } from "../../runs";
import { frequencies, median } from "../common/frequencies";
import { type Cell, cellKey, cells } from "./cells";
import type { NetworksConfig } from "./config";
import type { NetworksRow } from "./rows";

/** One cell's mini-batches, of all initialisations together. */
export interface BatchSummary extends Cell {
  /** Initialisations that were asked for, those that the numbers are based on, and those that broke off. */
  readonly planned: number;
  readonly runs: number;
  readonly failed: number;
  /** Mini-batches without a NaN in a gradient, on which the frequencies are based; and those with one. */
  readonly batches: number;
  readonly notANumber: number;
  /** Of those without a NaN: mini-batches with an exact hit of a kink; and with one that a finer precision might avoid. */
  readonly withHit: number;
  readonly withRoundedHit: number;
  /** Criterion "any parameter". Wilson's 95 % intervals, as if the mini-batches of one initialisation were independent. */
  readonly different: number;
  readonly frequency: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The paper's criterion, the first layer's weights. */
  readonly differentFirstLayer: number;
  readonly frequencyFirstLayer: number | null;
  readonly lowFirstLayer: number | null;
  readonly highFirstLayer: number | null;
  /** Share of the pre-activations that hit a kink, and share of those hits that no precision would avoid. */
  readonly hitShare: number | null;
  readonly forcedShare: number | null;
  /** ‖a − b‖ / ‖a‖ of the first layer's weights: the median over initialisations of their medians. */
  readonly medianRelativeL2FirstLayer: number | null;
}

/** One cell at one sample size: initialisations with a difference within their first images, with Wilson's 95 % intervals. */
export interface SampleSummary extends Cell {
  readonly batches: number;
  /** Images: batches × batch size. */
  readonly sampleSize: number;
  /** Without those that broke off, or met a NaN before any difference; by the second criterion, before one in the first layer. */
  readonly runs: number;
  readonly runsFirstLayer: number;
  readonly different: number;
  readonly frequency: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly differentFirstLayer: number;
  readonly frequencyFirstLayer: number | null;
  readonly lowFirstLayer: number | null;
  readonly highFirstLayer: number | null;
}

export interface NetworksSummary {
  readonly cells: readonly BatchSummary[];
  readonly samples: readonly SampleSummary[];
}

export function summarize(rows: readonly NetworksRow[], config: NetworksConfig): NetworksSummary {
  const all = cells(config).map(({ pairs: _, ...cell }) => ({
    cell,
    own: rows.filter((row) => cellKey(row) === cellKey(cell)),
  }));
  return {
    cells: all.map(({ cell, own }) => ({ ...cell, planned: config.runs, ...countBatches(own) })),
    samples: all.flatMap(({ cell, own }) =>
      sizes(config.batches).map((batches) => ({
        ...cell,
        batches,
        sampleSize: batches * config.batchSize,
        ...countRuns(own, batches),
      })),
    ),
  };
}

/** The numbers of mini-batches after which we count: 1, 2, 5, 10, 20, 50, …, and the last. */
function sizes(batches: number): number[] {
  const powers = Array.from({ length: 9 }, (_, k) => [1, 2, 5].map((m) => m * 10 ** k)).flat();
  return [...powers.filter((n) => n < batches), batches];
}

type Done = Answered<NetworksRow>;

function countBatches(rows: readonly NetworksRow[]): Omit<BatchSummary, keyof Cell | "planned"> {
  const done = rows.filter((row) => row.outcome === "done");
  const total = (of: (row: Done) => number) => done.reduce((sum, row) => sum + of(row), 0);
  const notANumber = total((row) => row.notANumber);
  const batches = total((row) => row.batches) - notANumber;
  const [hits, preActivations] = [total((row) => row.hits), total((row) => row.preActivations)];
  const [different, differentFirstLayer] = [total((row) => row.different), total((row) => row.differentFirstLayer)];
  return {
    runs: done.length,
    failed: rows.length - done.length,
    batches,
    notANumber,
    withHit: total((row) => row.withHit),
    withRoundedHit: total((row) => row.withRoundedHit),
    ...frequencies(different, differentFirstLayer, batches),
    hitShare: preActivations > 0 ? hits / preActivations : null,
    forcedShare: hits > 0 ? total((row) => row.forcedHits) / hits : null,
    medianRelativeL2FirstLayer: median(done.map((row) => row.medianRelativeL2FirstLayer)),
  };
}

function countRuns(rows: readonly NetworksRow[], batches: number) {
  const done = rows.filter((row) => row.outcome === "done");
  const within = (batch: number | null) => batch !== null && batch < batches;
  const count = (first: (row: Done) => number | null) => done.filter((row) => within(first(row))).length;
  // after a NaN nothing is known, unless the difference came before
  const answered = (first: (row: Done) => number | null) =>
    done.filter((row) => within(first(row)) || !within(row.firstNotANumber)).length;
  const any = (row: Done) => row.firstDifferent;
  const firstLayer = (row: Done) => row.firstDifferentFirstLayer;
  const [runs, runsFirstLayer] = [answered(any), answered(firstLayer)];
  return { runs, runsFirstLayer, ...frequencies(count(any), count(firstLayer), runs, runsFirstLayer) };
}
