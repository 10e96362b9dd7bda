import type { Answered } from "../../runs";
import { groupBy, mean, proportion, quantile, sumOf } from "../../util";
import { cellKey, cellLabel, cells, type PlannedCell } from "./cells";
import type { LawConfig } from "./config";
import type { LawRow } from "./rows";

/** Zeros in one pass, predicted and counted; forced ones, which no precision avoids, are in neither. */
export interface Zeros {
  /** Mean over the initialisations, and its standard error; null without any. */
  readonly observed: number | null;
  readonly observedError: number | null;
  /** 95 % interval of the mean: the score interval of a Poisson count, widened where the initialisations scatter more than such counts. */
  readonly observedLow: number | null;
  readonly observedHigh: number | null;
  /** Zeros of all initialisations. */
  readonly counted: number;
  /** Mean over the predicted initialisations, and its standard error; null without any. */
  readonly predicted: number | null;
  readonly predictedError: number | null;
  /** observed / predicted; null where either is unknown or nothing is predicted. */
  readonly ratio: number | null;
}

export interface LawLayer extends Zeros {
  /** From 1. */
  readonly layer: number;
  readonly madeBy: string;
  /** Pre-activations of the pass. */
  readonly calls: number;
  readonly forced: number;
}

export interface LawCell extends PlannedCell, Zeros {
  readonly label: string;
  readonly done: number;
  readonly failed: number;
  /** Initialisations that were predicted. */
  readonly predictions: number;
  /** Initialisations that met a zero, their share with Wilson's 95 % interval, and the share that is predicted: the mean of 1 − exp(−λ). */
  readonly met: number;
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly predictedShare: number | null;
  readonly forced: number;
  readonly layers: readonly LawLayer[];
}

/** How well counts and predictions agree over some cells. */
export interface LawAgreement {
  /** Cells with a zero and a prediction; the median of |log₂(observed / predicted)| over them, and the five that are furthest off. */
  readonly compared: number;
  readonly medianLog2: number | null;
  readonly worst: readonly { readonly label: string; readonly log2: number }[];
  /** Those cells in which the prediction lies inside the 95 % interval of the count. */
  readonly inside: number;
}

export interface LawSummary extends LawAgreement {
  readonly cells: readonly LawCell[];
}

type Done = Answered<LawRow>;

export function summarize(rows: readonly LawRow[], config: LawConfig): LawSummary {
  const groups = groupBy(rows, cellKey);
  const all = cells(config).map((cell) => summarizeCell(cell, groups.get(cellKey(cell)) ?? []));
  return { cells: all, ...agreementOf(all) };
}

/** Of cells, which may be those of several runs. */
export function agreementOf(all: readonly LawCell[]): LawAgreement {
  const off = all.flatMap(({ label, ratio }) => (ratio ? [{ label, log2: Math.log2(ratio) }] : []));
  off.sort((a, b) => Math.abs(b.log2) - Math.abs(a.log2));
  const distances = off.map(({ log2 }) => Math.abs(log2));
  const isInside = ({ ratio, predicted, observedLow, observedHigh }: LawCell) =>
    ratio && predicted! >= observedLow! && predicted! <= observedHigh!;
  return {
    compared: off.length,
    medianLog2: off.length === 0 ? null : quantile(distances, 0.5),
    worst: off.slice(0, 5),
    inside: all.filter(isInside).length,
  };
}

function summarizeCell(cell: PlannedCell, rows: readonly LawRow[]): LawCell {
  const done = rows.filter((row) => row.outcome === "done");
  const predicted = done.filter(({ predictedByLayer }) => predictedByLayer.length > 0);
  const hits = (row: Done) => sumOf(row.hitsByLayer, (n) => n) - sumOf(row.forcedByLayer, (n) => n);
  const expected = (row: Done) => sumOf(row.predictedByLayer, (n) => n);
  const met = done.filter((row) => hits(row) > 0).length;
  const { estimate, low, high } = proportion(met, done.length);
  const shares = predicted.map((row) => 1 - Math.exp(-expected(row)));
  const layers = done[0]?.madeBy ?? [];
  return {
    ...cell,
    // its full mini-batches
    images: done[0]?.images ?? cell.images,
    label: cellLabel(cell),
    done: done.length,
    failed: rows.length - done.length,
    predictions: predicted.length,
    ...zerosOf(done.map(hits), predicted.map(expected)),
    ...{ met, share: estimate, low, high },
    predictedShare: shares.length === 0 ? null : mean(shares),
    forced: sumOf(done, (row) => sumOf(row.forcedByLayer, (n) => n)),
    layers: layers.map((madeBy, i) => ({
      layer: i + 1,
      madeBy,
      calls: done[0]!.calls[i]! * done[0]!.images,
      forced: sumOf(done, (row) => row.forcedByLayer[i]!),
      ...zerosOf(
        done.map((row) => row.hitsByLayer[i]! - row.forcedByLayer[i]!),
        predicted.map((row) => row.predictedByLayer[i]!),
      ),
    })),
  };
}

function zerosOf(counts: readonly number[], predictions: readonly number[]): Zeros {
  const [observed, predicted] = [averageOf(counts), averageOf(predictions)];
  return {
    observed: observed.mean,
    observedError: observed.error,
    ...intervalOf(counts, observed),
    counted: sumOf(counts, (n) => n),
    predicted: predicted.mean,
    predictedError: predicted.error,
    ratio: observed.mean !== null && predicted.mean ? observed.mean / predicted.mean : null,
  };
}

function averageOf(values: readonly number[]): { readonly mean: number | null; readonly error: number | null } {
  const n = values.length;
  if (n === 0) return { mean: null, error: null };
  const middle = mean(values);
  return { mean: middle, error: n < 2 ? null : Math.sqrt(sumOf(values, (x) => (x - middle) ** 2) / (n - 1) / n) };
}

const Z = 1.96;

/** Of k counts in n initialisations: φ/n · (k/φ + z²/2 ± z·√(k/φ + z²/4)), φ = variance/mean, at least 1. */
function intervalOf(counts: readonly number[], { mean: middle, error }: ReturnType<typeof averageOf>) {
  const n = counts.length;
  if (middle === null) return { observedLow: null, observedHigh: null };
  const spread = middle > 0 && error !== null ? Math.max(1, (error ** 2 * n) / middle) : 1;
  const k = (n * middle) / spread;
  const half = Z * Math.sqrt(k + Z ** 2 / 4);
  const end = (sign: number) => (spread / n) * (k + Z ** 2 / 2 + sign * half);
  return { observedLow: k === 0 ? 0 : end(-1), observedHigh: end(1) };
}
