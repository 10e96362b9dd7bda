/** Exact zeros among the ReLU calls of trainings: as published, with the right denominator, by epoch and by layer. */

import { poolZeros, type ZerosCell, type ZerosConfig, type ZerosCount, type ZerosRow, zeros } from "../experiments";
import { inOrder, type PrecisionId, precisionOf } from "../formats";
import { sumOf } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { colors, precisionStyle } from "./palette";
import { published } from "./published";
import type { Figure, Layout, TableRow, Trace } from "./types";
import {
  axesOf,
  captionOf,
  counted,
  datasetOf,
  legendEntry,
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
} from "./vocabulary";

/** A share of zeros at a place on the abscissa. */
interface Point extends ZerosCount {
  readonly x: number;
  readonly of: string;
}

/** An architecture's counts, ours or published. */
type Architecture = ZerosCount & Pick<ZerosCell, "width" | "depth">;

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
  readonly theirs?: (cells: readonly Architecture[]) => Point[];
}

const byUnits = (cells: readonly Architecture[]): Point[] =>
  cells.map((cell) => ({ ...cell, x: cell.depth * cell.width, of: `${cell.depth} × ${cell.width}` }));

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
    name: () => "by epoch, all architectures together",
    x: { title: { text: "epoch" } },
    y: "zeros ÷ ReLU calls",
    scale: () => 1,
    points: (cells) =>
      pool(
        cells.flatMap(({ byEpoch }) => byEpoch.map((count) => ({ ...count, x: count.epoch }))),
        "epoch",
      ),
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
  },
];

const deepest = (cells: readonly ZerosCell[]) =>
  cells.filter(({ depth }) => depth === Math.max(...cells.map((cell) => cell.depth)));

/** The counts of each x together, in the order of x. */
function pool(counts: readonly (ZerosCount & { readonly x: number })[], what: string): Point[] {
  const places = [...new Set(counts.map(({ x }) => x))].sort((a, b) => a - b);
  return places.map((x) => ({ ...poolZeros(counts.filter((count) => count.x === x)), x, of: `${what} ${x}` }));
}

const NONE = "no zero found: upper end of the interval";
const TITLE = "How many pre-activations are exactly zero?";
const SIZE = { width: 980, height: 900 };
const GRID = panelGrid(spans(2, 0.09), spans(2, 0.16).reverse());

export function drawZeros({ rows, config, manifest }: RunRecord<ZerosConfig, ZerosRow>): Figure {
  const summary = zeros.summarize(rows, config);
  const dataset = datasetOf(manifest, config);
  const count = manifest.environment?.dataset?.count ?? config.images;
  const images = count ?? Math.max(1, ...rows.map(({ samples }) => samples ?? 0));
  const theirs = publishedZeros(config);
  const data = ASPECTS.flatMap((aspect, i) => {
    const drawn = seriesOf(aspect, summary, theirs, config);
    return drawn.flatMap((one, k) => traces(one, apart(aspect, k, drawn.length), aspect.scale(images), GRID[i]!));
  });
  const isNone = data.some(
    ({ y, marker }) => (marker as { symbol: unknown }).symbol === NONE_FOUND.symbol && (y as unknown[]).length > 0,
  );
  const legend = isNone ? [legendEntry(NONE, { mode: "markers", marker: { color: colors.black, ...NONE_FOUND } })] : [];
  const caption = wordsOf(summary, theirs, config, { dataset, images });
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle:
        "Exact zeros among the ReLU calls of perceptrons while they are trained; a call is one unit on one image",
      caption,
      ...SIZE,
      legendRows: 2,
      room: { above: 34, below: 64, left: 84 },
    }),
    ASPECTS.reduce<Layout>((all, aspect, i) => withLayout(all, axes(aspect, GRID[i]!, data, config)), {
      annotations: [],
    }),
  );
  return {
    name: "zeros",
    title: TITLE,
    data: [...data, ...legend],
    layout: notingEmpty(layout, data, rows),
    alt: altOf(summary, config, dataset),
    caption,
    table: [...tableOf(summary), ...theirs.map(({ structural, ...one }) => ({ ...one, source: "published" }))],
    ...SIZE,
  };
}

/** How the upper end of an interval is drawn where no zero was found. */
const NONE_FOUND = { symbol: "triangle-down-open", size: 9, line: { width: 2 } };

interface PublishedZeros extends Architecture {
  readonly precision: PrecisionId;
  readonly epochs: number;
}

/** The published counts of the precisions that are drawn; of MNIST only. Which of the zeros are structural is not known. */
function publishedZeros({ dataset, precisions }: ZerosConfig): PublishedZeros[] {
  if (dataset !== "mnist") return [];
  return published("zeros")
    .filter(({ precision }) => precisions.includes(precision))
    .map(({ precision, layers: depth, neurons: width, epochs, ...count }) => {
      return { precision, depth, width, epochs, ...poolZeros([{ ...count, structural: 0 }]) };
    });
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
    const known = aspect.theirs?.(of(theirs, precision)) ?? [];
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

/** Shares with their intervals; where no zero was found, which a logarithmic axis cannot show, the interval's upper end. */
function traces({ label, color, symbol, points }: Series, at: (x: number) => number, scale: number, panel: Panel) {
  const words = ({ of, zeros: n, calls }: Point) => `${label}, ${of}: ${n} zeros in ${whole(calls)} calls`;
  const some = points.filter((point) => point.zeros > 0);
  const none = points.filter((point) => point.zeros === 0);
  const found = some.map((point): Mark => {
    const { x, share, low, high } = point;
    return { x: at(x), y: scale * share!, low: scale * low!, high: scale * high!, words: words(point) };
  });
  const limits = none.map((point): Mark => ({ x: at(point.x), y: scale * point.high!, words: words(point) }));
  const { line, ...marker } = NONE_FOUND;
  const options = { name: label, color, panel, legend: panel.suffix === "" };
  // a series without any zero has its place in the legend, too
  const unseen = options.legend && found.length === 0;
  const name = unseen ? `${label}: no zero found` : `${label}, ${NONE}`;
  return [
    series(found, { ...options, symbol, size: 8, intervals: true, legend: options.legend && !unseen }),
    series(limits, { ...options, ...marker, name, group: label, stroke: line.width, legend: unseen }),
  ];
}

function axes({ name, x, y }: Aspect, panel: Panel, data: readonly Trace[], { depths }: ZerosConfig): Layout {
  const own = data.filter(({ xaxis }) => xaxis === `x${panel.suffix}`);
  const ends = own.flatMap(endsOf);
  const units = own.flatMap(({ x: places }) => places as number[]);
  const places = x.type === "log" ? unitAxis(units) : { dtick: 1, tickformat: "d" };
  return {
    ...axesOf(panel, { ...x, ...places }, { type: "log", dtick: "D2", title: { text: y }, ...decades(ends) }),
    annotations: [panelNote(panel, `<b>${name(Math.max(...depths))}</b>`)],
  };
}

/** The marks of a trace, and the ends of their intervals. */
function endsOf({ y, error_y }: Trace): number[] {
  const { array, arrayminus } = (error_y ?? {}) as { readonly array?: number[]; readonly arrayminus?: number[] };
  return (y as number[]).flatMap((one, i) => [one - (arrayminus?.[i] ?? 0), one, one + (array?.[i] ?? 0)]);
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
      "A logarithmic axis has no 0: where no zero was found, a triangle stands at the upper end of the interval.",
      noneSentence(summary, config),
      all > 0 &&
        `Of ${whole(all)} zeros ${whole(structural)} are structural (of a unit that is 0 on a whole mini-batch, or of an image for which the layer before is off); the others come from rounding.`,
    ),
    paragraph(
      `The published figure leaves the images out of its denominator: its ratio is ${whole(images)} times the share of calls.`,
      theirs.length > 0 &&
        `Published (black, open): Bertoin et al. 2021, code repository, ${theirs[0]!.epochs} epochs, one training each, on GPUs.`,
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

/** A row for each cell, and one for each of its epochs and layers. */
function tableOf(summary: readonly ZerosCell[]): TableRow[] {
  return summary.flatMap(({ byEpoch, byLayer, ...cell }) => {
    const { precision, width, depth } = cell;
    const part = (count: object) => ({ precision, width, depth, ...count });
    return [{ ...cell }, ...byEpoch.map(part), ...byLayer.map(part)];
  });
}
