/** Exact zeros among the ReLU calls of trainings: as published, with the right denominator, by epoch and by layer. */
import { poolZeros, type ZerosCell, type ZerosConfig, type ZerosCount, zeros } from "../experiments";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import type { Figure, Layout, TableRow, Trace } from "./types";

/** A share of zeros at a place on the abscissa. */
interface Point extends ZerosCount {
  readonly x: number;
  readonly of: string;
}

interface Panel {
  readonly name: string;
  readonly x: Layout;
  readonly y: string;
  /** Factor on the share. */
  readonly scale: (cell: ZerosConfig, images: number) => number;
  readonly points: (cells: readonly ZerosCell[]) => Point[];
}

const architecture = ({ depth, width }: ZerosCell) => `${depth} × ${width}`;

const PANELS: readonly Panel[] = [
  {
    name: "as published: zeros of all images ÷ (layers × neurons × epochs)",
    x: { type: "log", title: { text: "layers × neurons × epochs" } },
    y: "zeros ÷ (units × epochs)",
    scale: (_, images) => images,
    points: (cells) => cells.map((cell) => ({ ...cell, x: cell.publishedCalls, of: architecture(cell) })),
  },
  {
    name: "corrected: zeros ÷ (images × layers × neurons × epochs)",
    x: { type: "log", title: { text: "ReLU calls of a training" } },
    y: "zeros ÷ ReLU calls",
    scale: () => 1,
    points: (cells) => cells.map((cell) => ({ ...cell, x: cell.calls, of: architecture(cell) })),
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
    name: "by layer, all architectures together",
    x: { title: { text: "hidden layer" } },
    y: "zeros ÷ ReLU calls",
    scale: () => 1,
    points: (cells) =>
      pool(
        cells.flatMap(({ byLayer }) => byLayer.map((count) => ({ ...count, x: count.layer }))),
        "layer",
      ),
  },
];

/** The counts of each x together, in the order of x. */
function pool(counts: readonly (ZerosCount & { readonly x: number })[], what: string): Point[] {
  const places = [...new Set(counts.map(({ x }) => x))].sort((a, b) => a - b);
  return places.map((x) => ({ ...poolZeros(counts.filter((count) => count.x === x)), x, of: `${what} ${x}` }));
}

const NONE = "no zero (upper end of interval)";
const SUFFIXES = ["", "2", "3", "4"] as const;
const DOMAINS = { left: [0, 0.455], right: [0.545, 1], upper: [0.57, 1], lower: [0, 0.41] } as const;

export function drawZeros({ rows, config: anyConfig, manifest }: RunRecord): Figure {
  const config = anyConfig as unknown as ZerosConfig;
  const summary = zeros.summarize(rows, config);
  const { description = config.dataset, count } = (manifest.environment?.dataset ?? {}) as {
    description?: string;
    count?: number;
  };
  const images = count ?? config.images ?? Math.max(1, ...rows.map((row) => row.samples as number));
  const data = PANELS.flatMap((panel, i) =>
    config.precisions.flatMap((precision, k) => {
      const points = panel.points(summary.filter((cell) => cell.precision === precision));
      const drawn = points.filter(({ share }) => share !== null).map(apart(panel, k, config.precisions.length));
      return traces(drawn, precision, panel.scale(config, images), i);
    }),
  );
  const title = "How many pre-activations are exactly zero?";
  const caption = captionOf(summary, config, { description, images });
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
    data,
    layout,
    alt: altOf(summary, config, description),
    caption,
    table: tableOf(summary),
    ...size,
  };
}

/** Precisions stand beside each other at the same place. */
const apart =
  ({ x: { type } }: Panel, k: number, n: number) =>
  (point: Point): Point =>
    type === "log"
      ? { ...point, x: point.x * 1.09 ** (k - (n - 1) / 2) }
      : { ...point, x: point.x + 0.12 * (k - (n - 1) / 2) };

/** Shares with their intervals; where no zero was found, which a logarithmic axis cannot show, the interval's upper end. */
function traces(points: readonly Point[], precision: number, scale: number, i: number): Trace[] {
  const { label, color, symbol } = precisionStyle(precision);
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
    showlegend: i === 0 && some.length > 0,
    x: some.map(({ x }) => x),
    y: some.map(({ share }) => scale * share!),
    error_y: {
      type: "data",
      symmetric: false,
      array: some.map(({ high, share }) => scale * (high! - share!)),
      arrayminus: some.map(({ low, share }) => scale * (share! - low!)),
      color,
    },
    marker: { color, symbol, size: 9 },
    hovertext: hover(some),
    hoverinfo: "text",
    ...place,
  };
  const limits = {
    type: "scatter",
    mode: "markers",
    name: `${label}, ${NONE}`,
    legendgroup: `${label}, none`,
    showlegend: i === 0 && none.length > 0,
    x: none.map(({ x }) => x),
    y: none.map(({ high }) => scale * high!),
    marker: { color, symbol: "triangle-down-open", size: 10, line: { width: 2 } },
    hovertext: hover(none),
    hoverinfo: "text",
    ...place,
  };
  return [found, limits];
}

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
  config: ZerosConfig,
  { description, images }: { readonly description: string; readonly images: number },
): string {
  const total = (count: (cell: ZerosCell) => number) => summary.reduce((sum, cell) => sum + count(cell), 0);
  const { zeros: all, structural } = poolZeros(summary);
  const networks = `${config.depths.join(", ")} hidden layers of ${config.widths.join(", ")} neurons`;
  return [
    `n: ${config.runs} training${config.runs === 1 ? "" : "s"} for each of ${config.depths.length * config.widths.length} architectures (${networks}) and precision, ${config.epochs} epochs of ${whole(images)} images in order; finished ${total((c) => c.finished)}, diverged ${total((c) => c.diverged)} (counted up to there), failed ${total((c) => c.failed)} (not counted).`,
    `Bars: Wilson 95 % intervals, as if calls were independent. Precisions are drawn beside each other. Open triangles: no zero was found, drawn at the upper end of the interval. Of ${whole(all)} zeros ${whole(structural)} are structural (a unit that is 0 on a whole mini-batch, or an image for which the layer before is off), the others rounding.`,
    `The published figure leaves the images out of its denominator: its ratio is ${whole(images)} times the share of calls. SGD, rate ${config.learningRate}, momentum ${config.momentum}, weight decay ${config.weightDecay}, batch ${config.batchSize}. Data: ${description}. Engine: ${config.engine}, seed ${config.seed}.`,
  ].join("\n");
}

const byPrecision = (summary: readonly ZerosCell[], { precisions }: ZerosConfig) =>
  precisions.map((precision) => {
    const cells = summary.filter((cell) => cell.precision === precision);
    return { precision, ...poolZeros(cells) };
  });

function altOf(summary: readonly ZerosCell[], config: ZerosConfig, dataset: string): string {
  const words = byPrecision(summary, config).map(({ precision, zeros: n, calls, share, high }) =>
    share === null
      ? `at ${precision} bits nothing was counted`
      : `at ${precision} bits ${n} of ${whole(calls)} calls (${share.toExponential(1)}, at most ${high!.toExponential(1)})`,
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
