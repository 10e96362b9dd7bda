import type { Row } from "../../runs";
import { frequencies, median } from "../common/frequencies";
import { type Cell, cellKey, cells } from "./cells";
import type { NetworksConfig } from "./config";

/** One cell's mini-batches, those of all initialisations together. */
export interface BatchSummary extends Cell {
  /** Initialisations that were asked for, those that are behind the numbers, and those that broke off. */
  readonly planned: number;
  readonly runs: number;
  readonly failed: number;
  /** Mini-batches without a NaN in a gradient, which the frequencies are of; and those with one. */
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

export function summarize(rows: readonly Row[], config: NetworksConfig): NetworksSummary {
  const all = cells(config).map(({ cell }) => ({ cell, own: rows.filter((row) => cellKey(row) === cellKey(cell)) }));
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

/** 1, 2, 5, 10, 20, 50, …, and the last: mini-batches after which is counted. */
function sizes(batches: number): number[] {
  const powers = Array.from({ length: 9 }, (_, k) => [1, 2, 5].map((m) => m * 10 ** k)).flat();
  return [...powers.filter((n) => n < batches), batches];
}

function countBatches(rows: readonly Row[]): Omit<BatchSummary, keyof Cell | "planned"> {
  const done = rows.filter((row) => row.outcome === "done");
  const total = (column: string) => done.reduce((sum, row) => sum + (row[column] as number), 0);
  const batches = total("batches") - total("notANumber");
  const [hits, preActivations] = [total("hits"), total("preActivations")];
  return {
    runs: done.length,
    failed: rows.length - done.length,
    batches,
    notANumber: total("notANumber"),
    withHit: total("withHit"),
    withRoundedHit: total("withRoundedHit"),
    ...frequencies(total("different"), total("differentFirstLayer"), batches),
    hitShare: preActivations > 0 ? hits / preActivations : null,
    forcedShare: hits > 0 ? total("forcedHits") / hits : null,
    medianRelativeL2FirstLayer: median(done.map((row) => row.medianRelativeL2FirstLayer as number | null)),
  };
}

function countRuns(rows: readonly Row[], batches: number) {
  const done = rows.filter((row) => row.outcome === "done");
  const within = (row: Row, column: string) => row[column] !== null && (row[column] as number) < batches;
  const count = (column: string) => done.filter((row) => within(row, column)).length;
  // behind a NaN nothing is known, unless the difference came before
  const answered = (column: string) =>
    done.filter((row) => within(row, column) || !within(row, "firstNotANumber")).length;
  const [any, first] = ["firstDifferent", "firstDifferentFirstLayer"] as const;
  const [runs, runsFirstLayer] = [answered(any), answered(first)];
  return { runs, runsFirstLayer, ...frequencies(count(any), count(first), runs, runsFirstLayer) };
}
