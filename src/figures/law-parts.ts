/** What the figures of the experiment `law` share: logarithmic axes with a place for 0, and sentences. */
import { agreementOf, type LawCell, type LawConfig, type LawRow, type LawSummary, law } from "../experiments";
import { groupBy, sumOf } from "../util";
import type { RunRecord } from "./definition";
import type { Layout } from "./types";
import { captionOf, counted, datasetOf, paragraph, type Sentence, sourceSentence, spread } from "./vocabulary";

export type LawRun = RunRecord<LawConfig, LawRow>;

/** Positive numbers on a logarithmic axis, and 0 on a strip of its own below them. */
export interface ZeroAxis {
  /** Where a number stands; 0 on the strip. */
  at(x: number): number;
  /** The decades that it shows begin and end here. */
  readonly low: number;
  readonly high: number;
  readonly layout: Layout;
}

/** @param options.least what is smaller stands on the strip; its label says so. Default: only 0 does */
export function axisWithZero(
  numbers: readonly number[],
  title: string,
  { least = 0, label = "0" }: { readonly least?: number; readonly label?: string } = {},
): ZeroAxis {
  const exponents = numbers.filter((x) => x > 0 && x >= least).map(Math.log10);
  const [low, high] = exponents.length === 0 ? [-1, 1] : [Math.min(...exponents), Math.max(...exponents)];
  const [first, last] = [Math.floor(low), Math.ceil(high)];
  const strip = first - 0.8;
  const decades = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return {
    low: 10 ** first,
    high: 10 ** last,
    at: (x) => (x > 0 && x >= least ? x : 10 ** strip),
    layout: {
      type: "log",
      range: [strip - 0.35, last + 0.1],
      tickvals: [10 ** strip, ...decades.map((e) => 10 ** e)],
      ticktext: [label, ...decades.map((e) => (Math.abs(e) < 3 ? String(10 ** e) : `10<sup>${e}</sup>`))],
      title: { text: title },
    },
  };
}

/** The line above the strip of zeros. */
export const stripLine = (suffix: string, { at }: ZeroAxis): Layout => ({
  type: "line",
  ...{ x0: 0, x1: 1, xref: `x${suffix} domain` },
  ...{ y0: at(0) * 10 ** 0.4, y1: at(0) * 10 ** 0.4, yref: `y${suffix}` },
  line: { color: "#999999", width: 1, dash: "dot" },
});

/** The cells of one run, or of several; of a cell that several have, the one with the most initialisations. */
export function lawSummary(...runs: readonly LawRun[]): LawSummary {
  const all = runs.flatMap(({ rows, config }) => law.summarize(rows, config).cells);
  const same = groupBy(all, ({ label, images }) => `${label}, ${images}`);
  const cells = [...same.values()].map((group) => group.reduce((best, cell) => (cell.done > best.done ? cell : best)));
  return { cells, ...agreementOf(cells) };
}

/** Who was counted, how it is predicted, and where it comes from. */
export function lawCaption(
  cells: readonly LawCell[],
  runs: LawRun | readonly LawRun[],
  ...words: readonly Sentence[]
): string {
  const configs = [runs].flat().map(({ config }) => config);
  const counts = (of: (cell: LawCell) => number) => (cells.length === 0 ? "none" : spread(cells.map(of)));
  return captionOf(
    paragraph(
      `${counted(cells.length, "cell")}; initialisations of each: ${counts((cell) => cell.done)}, of which ${counts((cell) => cell.predictions)} predicted; failed: ${sumOf(cells, (cell) => cell.failed)}.`,
      ...words,
    ),
    paragraph(
      `Predicted without a fitted parameter: density of the pre-activations at 0 in a pass in f64 over the first ${spread(configs.map((config) => config.predictedImages))} images × the length that the arithmetic turns into 0.`,
      `Zeros that are sums of zeros only are left out. Mini-batches of ${spread(configs.map((config) => config.batchSize))}; whole passes, nothing stops early.`,
      ...new Set([runs].flat().map(sourceOf)),
    ),
  );
}

function sourceOf({ config, manifest }: LawRun): string {
  const { engine, seed, label } = config;
  const own = datasetOf(manifest, config);
  return sourceSentence({ data: label ? `${label} (${own})` : own, engine, seed });
}

export const short = (x: number | null): string => (x === null ? "unknown" : x === 0 ? "0" : x.toPrecision(3));

/** A number that may be negative, with two digits after the point. */
export const signed = (x: number): string => x.toFixed(2).replace("-", "−");
