/** Exact zeros among the ReLU calls of trainings: as published, with the right denominator, by epoch and by layer. */

import { poolZeros, type ZerosCell, type ZerosConfig, type ZerosCount, type ZerosRow, zeros } from "../experiments";
import { inOrder, type PrecisionId, precisionOf } from "../formats";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { colors, precisionStyle } from "./palette";
import { published } from "./published";
import type { Figure, Layout, TableRow, Trace } from "./types";

/** A share of zeros at a place on the abscissa. */
interface Point extends ZerosCount {
  readonly x: number;
  readonly of: string;
}

/** An architecture's counts, ours or published. */
type Architecture = ZerosCount & Pick<ZerosCell, "width" | "depth">;

interface Panel {
  readonly name: string;
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

const PANELS: readonly Panel[] = [
  {
    name: "as published: zeros of all images ÷ (layers × neurons × epochs)",
    x: { type: "log", title: { text: "units: layers × neurons" } },
    y: "zeros ÷ (units × epochs)",
    scale: (images) => images,
    points: byUnits,
    theirs: byUnits,
  },
  {
    name: "corrected: zeros ÷ (images × layers × neurons × epochs)",
    x: { type: "log", title: { text: "units: layers × neurons" } },
    y: "zeros ÷ ReLU calls",
    scale: () => 1,
    points: byUnits,
    theirs: byUnits,
  },
  {
    name: "by epoch, all architectures together",
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
    name: "by layer, the deepest networks",
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
const SUFFIXES = ["", "2", "3", "4"] as const;
const DOMAINS = { left: [0, 0.455], right: [0.545, 1], upper: [0.57, 1], lower: [0, 0.41] } as const;

export function drawZeros({ rows, config, manifest }: RunRecord<ZerosConfig, ZerosRow>): Figure {
  const summary = zeros.summarize(rows, config);
  const { description = config.dataset, count } = manifest.environment?.dataset ?? {};
  const images = count ?? config.images ?? Math.max(1, ...rows.map(({ samples }) => samples ?? 0));
  const theirs = publishedZeros(config);
  const data = PANELS.flatMap((panel, i) => {
    const drawn = seriesOf(panel, summary, theirs, config);
    return drawn.flatMap((series, k) => traces(series, apart(panel, k, drawn.length), panel.scale(images), i));
  });
  const title = "How many pre-activations are exactly zero?";
  const caption = captionOf(summary, theirs, config, { description, images });
  const size = { width: 980, height: 900 };
  const layout = withLayout(
    baseLayout({
      title,
      subtitle:
        "Exact zeros among the ReLU calls of perceptrons while they are trained, a call being one unit on one image",
      caption,
      ...size,
      legendRows: 2,
      room: { above: 34, below: 64, left: 84 },
    }),
    PANELS.reduce<Layout>((all, panel, i) => withLayout(all, axes(panel, i)), { annotations: [] }),
  );
  return {
    name: "zeros",
    title,
    data: [...data, legendOfNone],
    layout,
    alt: altOf(summary, config, description),
    caption,
    table: [...tableOf(summary), ...theirs.map(({ structural, ...one }) => ({ ...one, source: "published" }))],
    ...size,
  };
}

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

/** Side by side: each precision, and behind it what was published of it, in open markers. */
function seriesOf(
  panel: Panel,
  summary: readonly ZerosCell[],
  theirs: readonly PublishedZeros[],
  { precisions }: ZerosConfig,
): Series[] {
  const of = <T extends { readonly precision: PrecisionId }>(cells: readonly T[], precision: PrecisionId) =>
    cells.filter((cell) => cell.precision === precision);
  return inOrder(precisions).flatMap((precision) => {
    const { label, color, symbol } = precisionStyle(precision);
    const points = panel.points(of(summary, precision)).filter(({ share }) => share !== null);
    const known = panel.theirs?.(of(theirs, precision)) ?? [];
    const other = { label: `${label}, published`, color, symbol: `${symbol}-open`, points: known };
    return [{ label, color, symbol, points }, ...(known.length > 0 ? [other] : [])];
  });
}

/** Series stand beside each other at the same place. */
const apart =
  ({ x: { type } }: Panel, k: number, n: number) =>
  (x: number): number =>
    type === "log" ? x * 1.07 ** (k - (n - 1) / 2) : x + 0.12 * (k - (n - 1) / 2);

/** Shares with their intervals; where no zero was found, which a logarithmic axis cannot show, the interval's upper end. */
function traces({ label, color, symbol, points }: Series, at: (x: number) => number, scale: number, i: number) {
  const place = { xaxis: `x${SUFFIXES[i]}`, yaxis: `y${SUFFIXES[i]}` };
  const hover = (some: readonly Point[]) =>
    some.map((p) => `${label}, ${p.of}: ${p.zeros} zeros in ${p.calls.toLocaleString("en")} calls`);
  const some = points.filter((point) => point.zeros > 0);
  const none = points.filter((point) => point.zeros === 0);
  const found = {
    type: "scatter",
    mode: "markers",
    name: label,
    legendgroup: label,
    showlegend: i === 0,
    // a series without any zero has its place in the legend, too
    x: some.length > 0 ? some.map(({ x }) => at(x)) : [null],
    y: some.length > 0 ? some.map(({ share }) => scale * share!) : [null],
    error_y: {
      type: "data",
      symmetric: false,
      array: some.map(({ high, share }) => scale * (high! - share!)),
      arrayminus: some.map(({ low, share }) => scale * (share! - low!)),
      color,
      thickness: 1.5,
      width: 3,
    },
    marker: { color, symbol, size: 8 },
    hovertext: hover(some),
    hoverinfo: "text",
    ...place,
  };
  const limits = {
    type: "scatter",
    mode: "markers",
    name: `${label}, ${NONE}`,
    legendgroup: label,
    showlegend: false,
    x: none.map(({ x }) => at(x)),
    y: none.map(({ high }) => scale * high!),
    marker: { color, symbol: "triangle-down-open", size: 9, line: { width: 2 } },
    hovertext: hover(none),
    hoverinfo: "text",
    ...place,
  };
  return [found, limits];
}

/** What the triangles mean, in any colour; nothing is drawn. */
const legendOfNone: Trace = {
  type: "scatter",
  mode: "markers",
  name: NONE,
  x: [null],
  y: [null],
  marker: { color: colors.black, symbol: "triangle-down-open", size: 9, line: { width: 2 } },
};

function axes({ name, x, y }: Panel, i: number): Layout {
  const suffix = SUFFIXES[i]!;
  const above = {
    text: `<b>${name}</b>`,
    font: { size: 11.5 },
    ...{ x: 0, xref: `x${suffix} domain`, xanchor: "left", y: 1.02, yref: `y${suffix} domain`, yanchor: "bottom" },
  };
  const ticks = x.type === "log" ? { dtick: "D2" } : { dtick: 1, tickformat: "d" };
  return {
    [`xaxis${suffix}`]: { ...x, ...ticks, domain: i % 2 === 0 ? DOMAINS.left : DOMAINS.right, anchor: `y${suffix}` },
    [`yaxis${suffix}`]: {
      type: "log",
      dtick: "D2",
      domain: i < 2 ? DOMAINS.upper : DOMAINS.lower,
      anchor: `x${suffix}`,
      title: { text: y },
    },
    annotations: [above],
  };
}

const whole = (n: number) => n.toLocaleString("en");

function captionOf(
  summary: readonly ZerosCell[],
  theirs: readonly PublishedZeros[],
  config: ZerosConfig,
  { description, images }: { readonly description: string; readonly images: number },
): string {
  const total = (count: (cell: ZerosCell) => number) => summary.reduce((sum, cell) => sum + count(cell), 0);
  const { zeros: all, structural } = poolZeros(summary);
  const networks = `${config.depths.join(", ")} hidden layers of ${config.widths.join(", ")} neurons`;
  return [
    `n: ${config.runs} training${config.runs === 1 ? "" : "s"} for each of ${config.depths.length * config.widths.length} architectures (${networks}) and precision, ${config.epochs} epochs of ${whole(images)} images in order; finished ${total((c) => c.finished)}, diverged ${total((c) => c.diverged)} (counted up to there), failed ${total((c) => c.failed)} (not counted).`,
    `Bars: Wilson 95 % intervals, as if calls were independent; series are drawn beside each other. Of ${whole(all)} zeros ${whole(structural)} are structural (a unit that is 0 on a whole mini-batch, or an image for which the layer before is off), the others rounding.`,
    `The published figure leaves the images out of its denominator: its ratio is ${whole(images)} times the share of calls.${theirs.length > 0 ? ` Open markers: the published counts (Bertoin et al. 2021, code repository), ${theirs[0]!.epochs} epochs, one training each, on GPUs.` : ""} SGD, rate ${config.learningRate}, momentum ${config.momentum}, weight decay ${config.weightDecay}, batch ${config.batchSize}. Data: ${description}. Engine: ${config.engine}, seed ${config.seed}.`,
  ].join("\n");
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
