/** Exact zeros among the ReLU calls of trainings: as published, with the right denominator, by epoch and by layer. */

import { poolZeros, type ZerosCell, type ZerosConfig, type ZerosCount, type ZerosRow, zeros } from "../experiments";
import { inOrder, type PrecisionId, precisionOf } from "../formats";
import { sumOf } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, legendRowsOf, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import { type PublishedZeros as PublishedZerosRow, published } from "./published";
import type { Figure, Layout, TableRow, Trace } from "./types";
import {
  axesOf,
  captionOf,
  counted,
  datasetOf,
  listed,
  type Mark,
  notingEmpty,
  offset,
  type Panel,
  PUBLISHED,
  panelGrid,
  panelNote,
  paragraph,
  series,
  sourceSentence,
  spans,
  whole,
  type ZeroStrip,
  zeroStrip,
} from "./vocabulary";

/** A share of zeros at a place on the abscissa. */
interface Point extends ZerosCount {
  readonly x: number;
  readonly of: string;
}

/** An architecture's counts, ours or published. */
type Architecture = ZerosCount & Pick<ZerosCell, "width" | "depth">;

/** What was published of an architecture; epoch by epoch where we trained the same one. */
interface PublishedZeros extends Architecture, Pick<ZerosCell, "byEpoch"> {
  readonly precision: PrecisionId;
  readonly epochs: number;
}

/** What a panel shows. */
interface Aspect {
  /** Of the largest number of layers. */
  readonly name: (depth: number) => string;
  readonly x: Layout;
  readonly y: string;
  /** Factor on the share. */
  readonly scale: (images: number) => number;
  readonly points: (cells: readonly ZerosCell[]) => Point[];
  /** Where the published counts stand, too. */
  readonly theirs: (cells: readonly PublishedZeros[]) => Point[];
}

const byUnits = (cells: readonly Architecture[]): Point[] =>
  cells.map((cell) => ({ ...cell, x: cell.depth * cell.width, of: `${cell.depth} × ${cell.width}` }));

const byEpochs = (cells: readonly Pick<ZerosCell, "byEpoch">[]): Point[] =>
  pool(
    cells.flatMap(({ byEpoch }) => byEpoch.map((count) => ({ ...count, x: count.epoch }))),
    "epoch",
  );

const ASPECTS: readonly Aspect[] = [
  {
    name: () => "as published: zeros of all images ÷ (layers × neurons × epochs)",
    x: { type: "log", title: { text: "units: layers × neurons" } },
    y: "zeros ÷ (units × epochs)",
    scale: (images) => images,
    points: byUnits,
    theirs: byUnits,
  },
  {
    name: () => "corrected: zeros ÷ (images × layers × neurons × epochs)",
    x: { type: "log", title: { text: "units: layers × neurons" } },
    y: "zeros ÷ ReLU calls",
    scale: () => 1,
    points: byUnits,
    theirs: byUnits,
  },
  {
    name: () => "by epoch, all of our architectures together",
    x: { title: { text: "epoch" } },
    y: "zeros ÷ ReLU calls",
    scale: () => 1,
    points: byEpochs,
    theirs: byEpochs,
  },
  {
    // layers of networks of different depths are not the same thing
    name: (depth) => `by layer, networks of ${counted(depth, "layer")}, all widths together`,
    x: { title: { text: "hidden layer" } },
    y: "zeros ÷ ReLU calls",
    scale: () => 1,
    points: (cells) =>
      pool(
        deepest(cells).flatMap(({ byLayer }) => byLayer.map((count) => ({ ...count, x: count.layer }))),
        "layer",
      ),
    theirs: () => [],
  },
];

const deepest = (cells: readonly ZerosCell[]) =>
  cells.filter(({ depth }) => depth === Math.max(...cells.map((cell) => cell.depth)));

/** The counts of each x together, in the order of x. */
function pool(counts: readonly (ZerosCount & { readonly x: number })[], what: string): Point[] {
  const places = [...new Set(counts.map(({ x }) => x))].sort((a, b) => a - b);
  return places.map((x) => ({ ...poolZeros(counts.filter((count) => count.x === x)), x, of: `${what} ${x}` }));
}

const TITLE = "How many pre-activations are exactly zero?";
const SIZE = { width: 980, height: 900 };
const GRID = panelGrid(spans(2, 0.13), spans(2, 0.16).reverse());

/**
 * The figure of `zeros`: exact zeros among ReLU calls in training, by architecture, epoch and layer.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawZeros, runExperiment, zeros } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 512, testImages: 50, precisions: [16], depths: [1], widths: [32], epochs: 2 };
 * const run = await runExperiment(zeros, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawZeros(run);
 * console.log(figure.title, figure.table.length); // How many pre-activations are exactly zero? 4
 * ```
 */
export function drawZeros({ rows, config, manifest }: RunRecord<ZerosConfig, ZerosRow>): Figure {
  const summary = zeros.summarize(rows, config);
  const dataset = datasetOf(manifest, config);
  const count = manifest.environment?.dataset?.count ?? config.images;
  const images = count ?? Math.max(1, ...rows.map(({ samples }) => samples ?? 0));
  const theirs = publishedZeros(config);
  const panels = ASPECTS.map((aspect, i) =>
    drawPanel(GRID[i]!, aspect, seriesOf(aspect, summary, theirs, config), images),
  );
  const data = panels.flatMap(({ traces: own }) => own);
  const caption = wordsOf(summary, theirs, config, { dataset, images });
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle:
        "Exact zeros among the ReLU calls of perceptrons while they are trained; a call is one unit on one image",
      caption,
      ...SIZE,
      legendRows: legendRowsOf(data, SIZE.width),
      room: { above: 34, below: 64, left: 84 },
    }),
    ASPECTS.reduce<Layout>((all, aspect, i) => withLayout(all, axes(aspect, panels[i]!, config)), {
      annotations: [],
      shapes: [],
    }),
  );
  return {
    name: "zeros",
    title: TITLE,
    data,
    layout: notingEmpty(layout, data, rows),
    alt: altOf(summary, config, dataset),
    caption,
    table: [...tableOf(summary), ...publishedTable(theirs)],
    ...SIZE,
  };
}

/** The published counts of the precisions that are drawn; of MNIST only. Which of the zeros are structural is not known. */
function publishedZeros(config: ZerosConfig): PublishedZeros[] {
  if (config.dataset !== "mnist") return [];
  return published("zeros")
    .filter(({ precision }) => config.precisions.includes(precision))
    .map((one) => {
      const { precision, layers: depth, neurons: width, epochs } = one;
      return {
        precision,
        depth,
        width,
        epochs,
        ...poolZeros([{ ...one, structural: 0 }]),
        byEpoch: publishedEpochs(one, config),
      };
    });
}

/** The epochs that ours reach, of the architectures that we have. */
function publishedEpochs({ precision, layers, neurons, epochs, calls }: PublishedZerosRow, config: ZerosConfig) {
  if (!config.depths.includes(layers) || !config.widths.includes(neurons)) return [];
  return published("zeros-by-epoch")
    .filter((one) => one.precision === precision && one.layers === layers && one.neurons === neurons)
    .filter(({ epoch }) => epoch <= config.epochs)
    .map(({ epoch, zeros: found }) => ({
      epoch,
      ...poolZeros([{ zeros: found, calls: calls / epochs, structural: 0 }]),
    }));
}

interface Series {
  readonly label: string;
  readonly color: string;
  readonly symbol: string;
  readonly points: readonly Point[];
}

/** Side by side: each precision, and after it what was published of it. */
function seriesOf(
  aspect: Aspect,
  summary: readonly ZerosCell[],
  theirs: readonly PublishedZeros[],
  { precisions }: ZerosConfig,
): Series[] {
  const of = <T extends { readonly precision: PrecisionId }>(cells: readonly T[], precision: PrecisionId) =>
    cells.filter((cell) => cell.precision === precision);
  return inOrder(precisions).flatMap((precision) => {
    const { label, color, symbol } = precisionStyle(precision);
    const points = aspect.points(of(summary, precision)).filter(({ share }) => share !== null);
    const known = aspect.theirs(of(theirs, precision));
    const other = { color: PUBLISHED.color, symbol: PUBLISHED.counted(symbol), points: known };
    return [
      { label, color, symbol, points },
      ...(known.length > 0 ? [{ label: `${label}, published`, ...other }] : []),
    ];
  });
}

/** Series at the same place are shifted horizontally. */
const apart =
  ({ x: { type } }: Aspect, k: number, n: number) =>
  (x: number): number =>
    type === "log" ? x * 1.07 ** offset(k, n, 1) : x + offset(k, n, 0.12);

/** A panel with what is drawn in it. */
interface Drawn {
  readonly panel: Panel;
  readonly strip: ZeroStrip;
  readonly traces: readonly Trace[];
}

function drawPanel(panel: Panel, aspect: Aspect, drawn: readonly Series[], images: number): Drawn {
  const scale = aspect.scale(images);
  const shares = drawn.flatMap(({ points }) => points.flatMap(({ share, low, high }) => [share!, low!, high!]));
  const exponents = shares.filter((share) => share > 0).map((share) => Math.log10(scale * share));
  const [low, high] = exponents.length > 0 ? [Math.min(...exponents), Math.max(...exponents)] : [-9, -6];
  const room = 0.05 * (high - low);
  const strip = zeroStrip(panel, [low - room, high + room]);
  const traces = drawn.map((one, k) => trace(one, { at: apart(aspect, k, drawn.length), scale, strip, panel }));
  return { panel, strip, traces };
}

interface Place {
  readonly at: (x: number) => number;
  readonly scale: number;
  readonly strip: ZeroStrip;
  readonly panel: Panel;
}

/** Shares with their intervals; those of 0 stand in the strip, and their bars reach up to the ends of their intervals. */
function trace({ label, color, symbol, points }: Series, { at, scale, strip, panel }: Place): Trace {
  const marks = points.map(({ x, of, share, low, high, zeros: n, calls }): Mark => {
    const words = `${label}, ${of}: ${n} zeros in ${whole(calls)} calls`;
    const interval = { low: n > 0 ? scale * low! : null, high: scale * high! };
    return { x: at(x), y: n > 0 ? scale * share! : strip.zero, ...interval, words };
  });
  return series(marks, { name: label, color, symbol, size: 8, intervals: true, panel, legend: panel.suffix === "" });
}

function axes({ name, x, y }: Aspect, { panel, strip, traces }: Drawn, { depths }: ZerosConfig): Layout {
  const units = traces.flatMap(({ x: places }) => places as number[]);
  const places = x.type === "log" ? unitAxis(units) : { dtick: 1, tickformat: "d" };
  return {
    ...axesOf(panel, { ...x, ...places }, { ...strip.axis, title: { text: y } }),
    annotations: [panelNote(panel, `<b>${name(Math.max(...depths))}</b>`)],
    shapes: strip.shapes,
  };
}

/** A logarithmic range of a decade at least, so that some ticks fall into it; none where there are no numbers. */
function decades(numbers: readonly number[]): { readonly range?: readonly [number, number] } {
  const exponents = numbers.filter((one) => one > 0).map(Math.log10);
  if (exponents.length === 0) return {};
  const [low, high] = [Math.min(...exponents), Math.max(...exponents)];
  const room = Math.max(0.05 * (high - low), (1 - (high - low)) / 2);
  return { range: [low - room, high + room] };
}

const UNITS = [1, 10, 100, 1000, 10_000, 100_000].flatMap((power) => [power, 2 * power, 5 * power]);

const unitAxis = (units: readonly number[]): Layout => ({
  tickvals: UNITS,
  ticktext: UNITS.map(whole),
  ...decades(units),
});

function wordsOf(
  summary: readonly ZerosCell[],
  theirs: readonly PublishedZeros[],
  config: ZerosConfig,
  { dataset, images }: { readonly dataset: string; readonly images: number },
): string {
  const { runs, depths, widths, epochs, learningRate, momentum, weightDecay, batchSize, engine, seed } = config;
  const { zeros: all, structural } = poolZeros(summary);
  const count = depths.length * widths.length;
  const architectures = count === 1 ? "1 architecture" : `each of ${count} architectures`;
  const layers = depths.join() === "1" ? "layer" : "layers";
  const networks = `${depths.join(", ")} hidden ${layers} of ${widths.join(", ")} neurons`;
  return captionOf(
    paragraph(
      `${counted(runs, "training")} in each precision for ${architectures} (${networks}), ${counted(epochs, "epoch")} of ${whole(images)} images in order.`,
      `Finished: ${sumOf(summary, (c) => c.finished)}; diverged, counted until then: ${sumOf(summary, (c) => c.diverged)}; failed, not counted: ${sumOf(summary, (c) => c.failed)}.`,
    ),
    paragraph(
      "Bars: Wilson 95 % intervals, as if calls were independent. Series are shifted horizontally so that they do not overlap.",
      "Where no zero was found, the marker stands in the grey strip at exactly 0, and its bar reaches up to the end of the interval.",
      noneSentence(summary, config),
      all > 0 &&
        `Of ${whole(all)} zeros ${whole(structural)} are structural (of a unit that is 0 on a whole mini-batch, or of an image for which the layer before is off); the others come from rounding.`,
    ),
    paragraph(
      `The published figure leaves the images out of its denominator: its ratio is ${whole(images)} times the share of calls.`,
      theirs.length > 0 &&
        `Published (black, open): Bertoin et al. 2021, code repository, ${theirs[0]!.epochs} epochs, one training each, on GPUs.`,
      theirs.some(({ byEpoch }) => byEpoch.length > 0) &&
        "By epoch: their first epochs of the same architectures as ours.",
      `SGD, rate ${learningRate}, momentum ${momentum}, weight decay ${weightDecay}, mini-batches of ${batchSize}.`,
      sourceSentence({ data: dataset, engine, seed }),
    ),
  );
}

/** The precisions without any zero. */
function noneSentence(summary: readonly ZerosCell[], config: ZerosConfig): string | false {
  const none = byPrecision(summary, config).filter(({ zeros: n, calls }) => n === 0 && calls > 0);
  return none.length > 0 && `No zero at all at ${listed(none.map(({ precision }) => precisionOf(precision).label))}.`;
}

const byPrecision = (summary: readonly ZerosCell[], { precisions }: ZerosConfig) =>
  inOrder(precisions).map((precision) => {
    const cells = summary.filter((cell) => cell.precision === precision);
    return { precision, ...poolZeros(cells) };
  });

function altOf(summary: readonly ZerosCell[], config: ZerosConfig, dataset: string): string {
  const words = byPrecision(summary, config).map(({ precision, zeros: n, calls, share, high }) =>
    share === null
      ? `at ${precisionOf(precision).label} nothing was counted`
      : `at ${precisionOf(precision).label} ${n} of ${whole(calls)} calls (${share.toExponential(1)}, at most ${high!.toExponential(1)})`,
  );
  return `Four panels show exact zeros among ReLU calls during training on ${dataset}: by architecture with the published denominator, with the corrected one, by epoch and by layer. All architectures together: ${words.join("; ")}.`;
}

/** The published cells and epochs, which of whose zeros are structural is not known. */
const publishedTable = (theirs: readonly PublishedZeros[]): TableRow[] =>
  theirs.flatMap(({ structural, byEpoch, ...one }) => {
    const { precision, width, depth } = one;
    const source = "published";
    return [
      { ...one, source },
      ...byEpoch.map(({ structural: _, ...count }) => ({ precision, width, depth, ...count, source })),
    ];
  });

/** A row for each cell, and one for each of its epochs and layers. */
function tableOf(summary: readonly ZerosCell[]): TableRow[] {
  return summary.flatMap(({ byEpoch, byLayer, ...cell }) => {
    const { precision, width, depth } = cell;
    const part = (count: object) => ({ precision, width, depth, ...count });
    return [{ ...cell }, ...byEpoch.map(part), ...byLayer.map(part)];
  });
}
