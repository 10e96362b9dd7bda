/** Size of the difference between the gradients for two values of ReLU'(0), and on how many mini-batches there is one. */

import {
  type DifferenceCell,
  type GradientDifferenceConfig,
  type GradientDifferenceRow,
  gradientDifference,
} from "../experiments";
import { inOrder, precisionOf, precisionWords } from "../formats";
import { quantile, sumOf } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import type { Figure, Layout, Trace } from "./types";
import {
  axesOf,
  captionOf,
  categoryAxis,
  counted,
  datasetOf,
  type Mark,
  nothingFound,
  notingEmpty,
  panelGrid,
  paragraph,
  series,
  shareAxis,
  sourceSentence,
  whole,
  type ZeroStrip,
  zeroStrip,
} from "./vocabulary";

/** The criterion of the paper: the first layer's weights. */
const COLUMN = "relativeL2FirstLayer";
const DASHES: Readonly<Record<string, string>> = { multiply: "solid", overwrite: "dot" };
const INK = "#222222";
/** Steps of a distribution function that are drawn; more could not be told apart. */
const STEPS = 400;
const TITLE = "By how much does ReLU'(0) change the gradient?";
const SIZE = { width: 980, height: 600 };
const [DISTRIBUTION, SHARE] = panelGrid([
  [0, 0.53],
  [0.69, 1],
]);

/** The sizes of a cell's differences, from the smallest on. */
interface Curve {
  readonly cell: DifferenceCell;
  readonly sizes: readonly number[];
}

/**
 * The figure of `gradientDifference`: how large the differences are, and how many mini-batches have one.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawGradientDifference, gradientDifference, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 1024, width: 64, precisions: ["e5m2"], runs: 2 };
 * const run = await runExperiment(gradientDifference, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawGradientDifference(run);
 * console.log(figure.title); // By how much does ReLU'(0) change the gradient?
 * ```
 */
export function drawGradientDifference({
  rows,
  config,
  manifest,
}: RunRecord<GradientDifferenceConfig, GradientDifferenceRow>): Figure {
  const summary = gradientDifference.summarize(rows, config);
  const dataset = datasetOf(manifest, config);
  const curves = summary.map((cell) => ({ cell, sizes: sizesOf(rows, cell) }));
  const caption = wordsOf(summary, curves, config, dataset);
  const strip = shareStrip(summary);
  const [a, b] = config.pair;
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle: `Gradients of one mini-batch for ReLU'(0) = ${a} and ReLU'(0) = ${b}, first layer's weights; newly initialised networks, ${config.depth} × ${config.width}`,
      caption,
      ...SIZE,
      legendRows: Math.ceil(curves.filter(({ sizes }) => sizes.length > 0).length / 4) + 1,
      room: { left: 76, below: 64 },
    }),
    axes(curves, strip, config),
  );
  const data = [...curves.map(distribution), ...shares(summary, strip, config)];
  return {
    name: "gradient-difference",
    title: TITLE,
    data,
    layout: notingEmpty(layout, data, rows),
    alt: altOf(summary, dataset),
    caption,
    table: summary,
    ...SIZE,
  };
}

/** Of the panel of shares, from below the smallest number above 0 to 1. */
function shareStrip(summary: readonly DifferenceCell[]): ZeroStrip {
  const ends = summary.flatMap((cell) => SHARES.flatMap(({ of }) => [of(cell).share, of(cell).low, of(cell).high]));
  const exponents = ends.filter((end) => end !== null && end > 0).map((end) => Math.log10(end!));
  return zeroStrip(SHARE!, [Math.min(-1, ...exponents) - 0.15, 0.15]);
}

function axes(
  curves: readonly Curve[],
  strip: ZeroStrip,
  { pair: [a, b], precisions }: GradientDifferenceConfig,
): Layout {
  const size = {
    type: "log",
    title: { text: `relative L2 size of the difference, ‖g(${b}) − g(${a})‖ / ‖g(${a})‖` },
    dtick: 1,
    ...rangeOf(curves.flatMap(({ sizes }) => sizes)),
  };
  const labels = inOrder(precisions).map((precision) => precisionStyle(precision).label);
  const share = { ...strip.axis, title: { text: "share with a difference (logarithmic)" } };
  return {
    ...axesOf(DISTRIBUTION!, size, shareAxis("share of the differing mini-batches")),
    ...axesOf(SHARE!, categoryAxis(labels), share),
    shapes: strip.shapes,
  };
}

function sizesOf(rows: readonly GradientDifferenceRow[], { precision, chainRule }: DifferenceCell): number[] {
  const own = rows.filter((row) => row.precision === precision && row.chainRule === chainRule);
  const sizes = own.flatMap((row) => row[COLUMN] ?? []).filter((size) => size !== null);
  return sizes.sort((x, y) => x - y);
}

/** Whether a logarithmic axis can show it. */
const drawable = (size: number) => size > 0 && Number.isFinite(size);

/** All of it, with some room at both ends. */
function rangeOf(sizes: readonly number[]): { readonly range?: readonly number[] } {
  const exponents = sizes.filter(drawable).map(Math.log10);
  if (exponents.length === 0) return {};
  return { range: [quantile(exponents, 0) - 0.2, quantile(exponents, 1) + 0.2] };
}

/** Empirical distribution function; sizes that cannot be drawn count in its height. */
function distribution({ cell: { precision, chainRule }, sizes }: Curve): Trace {
  const { label, color } = precisionStyle(precision);
  const n = Math.min(STEPS, sizes.length);
  const heights = Array.from({ length: n }, (_, i) => (i + 1) / n);
  const at = (p: number) => (n === sizes.length ? sizes[Math.round(p * n) - 1]! : quantile(sizes, p));
  const steps = heights.map((y) => ({ x: at(y), y })).filter(({ x }) => drawable(x));
  const [first] = steps;
  // up from the height of what cannot be drawn
  const drawn = first ? [{ x: first.x, y: first.y - 1 / n }, ...steps] : [];
  return {
    type: "scatter",
    mode: "lines",
    name: `${label}, ${chainRule}`,
    x: drawn.map(({ x }) => x),
    y: drawn.map(({ y }) => y),
    line: { color, dash: DASHES[chainRule], shape: "hv", width: 2.5 },
    hovertext: drawn.map(({ x, y }) => `${label}, ${chainRule}: ${(100 * y).toFixed(1)} % at most ${x.toPrecision(3)}`),
    hoverinfo: "text",
  };
}

const SHARES = [
  { name: "of mini-batches", symbol: "circle", shift: -0.12, of: ({ firstLayer }: DifferenceCell) => firstLayer },
  { name: "of initialisations", symbol: "square", shift: 0.12, of: ({ ofRuns }: DifferenceCell) => ofRuns },
] as const;

/** The two shares with their intervals, under the first chain rule; a share of 0 stands in the strip. */
function shares(
  summary: readonly DifferenceCell[],
  strip: ZeroStrip,
  { chainRules, precisions }: GradientDifferenceConfig,
): Trace[] {
  return SHARES.map(({ name, symbol, shift, of }) => {
    const known = summary
      .filter(({ chainRule }) => chainRule === chainRules[0])
      .map((cell) => ({ precision: cell.precision, ...of(cell) }))
      .filter(({ share }) => share !== null);
    const marks = known.map(({ precision, share, low, high }): Mark => {
      const interval = share ? { y: share, low, high } : { y: strip.zero, high };
      const words = `${precisionStyle(precision).label}: ${(100 * share!).toPrecision(3)} % ${name}`;
      return { x: inOrder(precisions).indexOf(precision) + shift, ...interval, words };
    });
    return series(marks, {
      name: `share ${name}`,
      color: INK,
      symbol,
      size: 10,
      stroke: 2,
      intervals: true,
      panel: SHARE,
    });
  });
}

function wordsOf(
  summary: readonly DifferenceCell[],
  curves: readonly Curve[],
  config: GradientDifferenceConfig,
  dataset: string,
): string {
  const { depth, width, batchSize, images, engine, seed } = config;
  const first = summary.filter(({ chainRule }) => chainRule === config.chainRules[0]);
  const n = first.map(
    ({ precision, runs, differentFirstLayer, batches }) =>
      `${precisionOf(precision).label}: ${counted(runs, "initialisation")}, ${whole(differentFirstLayer)} of ${whole(batches)} mini-batches`,
  );
  const hidden = sumOf(curves, ({ sizes }) => sizes.filter((size) => !drawable(size)).length);
  return captionOf(
    paragraph(
      `Initialisations, and mini-batches with a difference (chain rule ${config.chainRules[0]}): ${n.join("; ")}.`,
      ...config.chainRules.slice(1).map((rule) => ruleSentence(rule, first, summary)),
      nothingFound({
        differences: sumOf(summary, (cell) => cell.differentFirstLayer),
        counts: summary.map((cell) => cell.runs),
        things: "initialisations",
        highs: summary.map((cell) => cell.ofRuns.high),
      }),
      `Failed: ${sumOf(summary, (cell) => cell.failed)}; mini-batches with a NaN: ${sumOf(summary, (cell) => cell.notANumber)}; sizes of 0 or infinity, which the axis cannot show: ${hidden}.`,
    ),
    paragraph(
      "Bars: Wilson 95 % intervals; for mini-batches as if they were independent, though those of one initialisation share its network.",
      "Where none was found, the marker stands in the strip at exactly 0, and the bar reaches up to the end of the interval.",
    ),
    paragraph(
      `${depth} hidden layers of ${width} neurons, mini-batches of ${batchSize}, one pass over ${whole(images)} images in order (full mini-batches only), each mini-batch with a gradient of its own.`,
      !config.firstActivation && "No ReLU follows the first layer.",
      sourceSentence({ data: dataset, engine, seed }),
    ),
  );
}

/** Where another chain rule gives counts that differ from the first's. */
function ruleSentence(rule: string, first: readonly DifferenceCell[], summary: readonly DifferenceCell[]): string {
  const apart = first.filter(({ precision, differentFirstLayer }) => {
    const other = summary.find((cell) => cell.chainRule === rule && cell.precision === precision)!;
    return other.differentFirstLayer !== differentFirstLayer;
  });
  const where = precisionWords(apart.map(({ precision }) => precision));
  return `${rule} gives ${apart.length === 0 ? "the same counts" : `other counts at ${where}`}.`;
}

function altOf(summary: readonly DifferenceCell[], dataset: string): string {
  const words = summary.map(({ precision, chainRule, firstLayer, batches, relativeL2FirstLayer: size }) => {
    const share = firstLayer.share === null ? "unknown" : `${(100 * firstLayer.share).toPrecision(3)} %`;
    const median = size === null ? "" : `, median relative size ${size.median.toPrecision(2)}`;
    return `${precisionOf(precision).label}, ${chainRule}: ${share} of ${batches} mini-batches${median}`;
  });
  return `Left, the distribution of the relative L2 size of the difference between the first layer's gradients for two values of ReLU'(0), on ${dataset}; right, the share of mini-batches and of initialisations with a difference. ${words.join("; ")}.`;
}
