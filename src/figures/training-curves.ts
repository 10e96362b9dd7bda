/** Training loss and test accuracy, epoch by epoch, of each kind of run of a sweep: Bertoin et al. 2021, section 4.3. */
import { type TrainingConfig, type TrainingRow, training } from "../experiments";
import { precisionOf } from "../formats";
import { groupBy, meanOf } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, legendRowsOf, withLayout } from "./layout";
import type { SeriesStyle } from "./palette";
import { type PublishedEpoch, published } from "./published";
import { isPublishedKind, kinds, networkSentence, outcomesText, trainingData } from "./training-kinds";
import type { Figure, Layout, TableRow, Trace } from "./types";
import {
  accuracyAxis,
  accuracyRange,
  axesOf,
  captionOf,
  chanceLine,
  chanceOf,
  datasetOf,
  inPanel,
  legendEntry,
  type Mark,
  notingEmpty,
  offset,
  type Panel,
  PUBLISHED,
  panelGrid,
  paragraph,
  publishedSeries,
  series,
  sourceSentence,
  whole,
} from "./vocabulary";

const TITLE = "Does ReLU'(0) matter for training?";
const WIDTH = 980;
/** Of markers in the legend that have several colours in the figure. */
const KEY = "#555555";

interface Point {
  readonly epoch: number;
  /** Runs with a number for this epoch, and whether others of them have diverged before. */
  readonly n: number;
  readonly fewer: boolean;
  readonly mean: number;
  /** Of the bootstrap interval; null for one run. */
  readonly low: number | null;
  readonly high: number | null;
}

interface Curve {
  readonly label: string;
  /** Of what was published of it. */
  readonly publishedLabel: string;
  readonly style: SeriesStyle;
  readonly rows: readonly TrainingRow[];
  /** What was published of the same kind of run, for the epochs that ours reach. */
  readonly theirs: readonly PublishedEpoch[];
}

const [LOSS, ACCURACY] = panelGrid([
  [0, 0.44],
  [0.56, 1],
]) as [Panel, Panel];
const PANELS = [
  { ...LOSS, column: "trainLoss" },
  { ...ACCURACY, column: "testAccuracy" },
] as const;
type CurvePanel = (typeof PANELS)[number];

const LOSSES = [-4, -3, -2, -1, 0, 1, 2, 3].flatMap((k) => [1, 1.5, 2, 3, 5, 7].map((m) => Number(`${m}e${k}`)));

/** A logarithmic axis; a linear one where losses are so near to each other that no two ticks would fall between them. */
function lossAxis(curves: readonly Curve[]) {
  const titled = (scale: string) => ({ text: `training loss${scale}<br>(mean of mini-batches, nats)` });
  const ends = curves
    .flatMap(({ rows }) => points(rows, "trainLoss").flatMap(({ mean, low, high }) => [low ?? mean, high ?? mean]))
    .filter((loss) => loss > 0);
  const between = LOSSES.filter((loss) => loss >= Math.min(...ends) && loss <= Math.max(...ends));
  if (between.length < 2) return { title: titled("") };
  return { title: titled(", logarithmic scale"), type: "log", tickvals: LOSSES, ticktext: LOSSES.map(String) };
}

/** Curves lie beside each other, by so many epochs, so that equal ones are seen; all of them within half an epoch. */
const apart = (i: number, curves: number) => offset(i, curves, Math.min(0.05, 0.5 / curves));

export function drawTrainingCurves({ rows, config, manifest }: RunRecord<TrainingConfig, TrainingRow>): Figure {
  const { curves, keys } = curvesOf(rows, config);
  const network = `${config.network}${config.batchNorm.every((on) => on) ? " with batch-norm" : ""}`;
  const dataset = trainingData(manifest, config);
  const numbers = [
    ...PANELS.flatMap((panel) => curves.map((curve, i) => trace(curve, panel, apart(i, curves.length), !keys))),
    ...keyTraces(keys),
    ...PANELS.flatMap((panel) => publishedTraces(curves, panel)),
  ];
  const data = [...numbers, ...divergedTraces(curves)];
  const legendRows = legendRowsOf(data, WIDTH);
  const size = { width: WIDTH, height: 580 + 24 * Math.max(0, legendRows - 2) };
  const caption = wordsOf(curves, rows, config, datasetOf(manifest, config));
  const subtitle = `${network} on ${dataset}`;
  const layout = withLayout(
    baseLayout({ title: TITLE, subtitle, caption, ...size, legendRows, room: { left: 84 } }),
    axes(curves, rows, config),
  );
  return {
    name: "training-curves",
    title: TITLE,
    data,
    layout: notingEmpty(layout, numbers, rows),
    alt: altOf(curves, config, config.label ?? datasetOf(manifest, config)),
    caption,
    table: tableOf(curves),
    ...size,
  };
}

/** A row for each point, ours and published. */
const tableOf = (curves: readonly Curve[]): TableRow[] =>
  curves.flatMap(({ label, rows, theirs }) =>
    PANELS.flatMap(({ column }) => [
      ...points(rows, column).map((point) => ({ curve: label, column, ...point })),
      ...theirs.map((one) => ({ curve: label, column, source: "published", ...publishedPoint(one, column) })),
    ]),
  );

type Keys = ReturnType<typeof kinds>["keys"];

/** The rows of each kind of run, named by what differs between the kinds; and what colours and markers mean where a name needs both. */
function curvesOf(rows: readonly TrainingRow[], config: TrainingConfig): { curves: Curve[]; keys: Keys } {
  // in the order of the cells, as in the figure of final accuracies
  const { labelOf, publishedLabelOf, styleOf, keys } = kinds([...training.summarize(rows, config).cells, ...rows]);
  const labelled = (label: string, { value }: TrainingRow) => label || `ReLU'(0) = ${value}`;
  const groups = groupBy(rows, (row) => labelled(labelOf(row), row));
  const curves = [...groups].map(([label, own]): Curve => {
    const [one] = own as [TrainingRow];
    const publishedLabel = labelled(publishedLabelOf(one), one);
    return { label, publishedLabel, style: styleOf(one), rows: own, theirs: publishedEpochs(one, config) };
  });
  return { curves, keys };
}

/** The legend where the colour says one thing and the marker another. */
const keyTraces = (keys: Keys): Trace[] => [
  ...(keys?.colors ?? []).map(({ label, style: { color, dash } }) =>
    legendEntry(label, { mode: "lines", line: { color, dash, width: 2.5 } }),
  ),
  ...(keys?.symbols ?? []).map(({ label, style: { symbol } }) =>
    legendEntry(label, { mode: "markers", marker: { color: KEY, symbol, size: 9 } }),
  ),
];

/** The published epochs of a kind of run; see `isPublishedKind`. */
function publishedEpochs(row: TrainingRow, config: TrainingConfig): PublishedEpoch[] {
  if (!isPublishedKind(row, config)) return [];
  const same = ["network", "optimizer", "dropout", "value"] as const;
  return published("training-curves").filter(
    (one) =>
      one.dataset === config.dataset &&
      one.batchNorm === row.batchNorm &&
      same.every((column) => one[column] === row[column]) &&
      one.epoch <= config.epochs,
  );
}

const publishedPoint = (one: PublishedEpoch, column: CurvePanel["column"]) => {
  return { epoch: one.epoch, n: one.runs, mean: one[column] };
};

/** Mean and bootstrap interval over the runs that have a number for an epoch. */
function points(rows: readonly TrainingRow[], column: CurvePanel["column"]): Point[] {
  const epochs = [...new Set(rows.map((row) => row.epoch))].sort((a, b) => a - b);
  const diverged = rows.filter((row) => row.outcome === "diverged").map((row) => row.epoch);
  return epochs.flatMap((epoch) => {
    const values = rows.filter((row) => row.epoch === epoch).map((row) => row[column]);
    const { estimate, low, high, n } = meanOf(values.filter(Number.isFinite));
    const fewer = diverged.some((end) => end <= epoch);
    return estimate === null ? [] : [{ epoch, n, fewer, mean: estimate, low, high }];
  });
}

function trace({ label, style, rows }: Curve, panel: CurvePanel, shift: number, legend: boolean): Trace {
  const own = points(rows, panel.column);
  const { color, symbol, dash } = style;
  const marks = own.map(({ epoch, mean, low, high, n }): Mark => {
    return {
      x: epoch + shift,
      y: mean,
      low,
      high,
      words: `${label}, epoch ${epoch}: ${mean.toPrecision(4)}, n = ${n}`,
    };
  });
  return series(marks, {
    name: label,
    color,
    // an empty marker: the mean of those runs that are left
    symbol: own.map(({ fewer }) => (fewer ? `${symbol}-open` : symbol)),
    size: 8,
    line: { dash },
    panel,
    legend: legend && panel === PANELS[0],
  });
}

/** The published means, thin and black, in the marker and the dash of the curve that they belong to. */
function publishedTraces(curves: readonly Curve[], panel: CurvePanel): Trace[] {
  const some = curves.filter(({ theirs }) => theirs.length > 0);
  return some.map(({ publishedLabel, style, theirs }) => {
    const own = theirs.map((one) => publishedPoint(one, panel.column)).filter(({ mean }) => Number.isFinite(mean));
    const marks = own.map(({ epoch, mean, n }): Mark => {
      return { x: epoch, y: mean, words: `published, ${publishedLabel}, epoch ${epoch}: ${mean}, n = ${n}` };
    });
    return publishedSeries(marks, {
      name: `published: ${publishedLabel}`,
      symbol: PUBLISHED.counted(style.symbol),
      size: 7,
      line: { dash: style.dash, width: 1 },
      panel,
      legend: panel === PANELS[0],
    });
  });
}

/** Runs that diverged: how many of each curve in each epoch, beside each other. */
const divergences = (curves: readonly Curve[]) =>
  curves.flatMap((curve, i) => {
    const ends = curve.rows.filter((row) => row.outcome === "diverged").map((row) => row.epoch);
    const shift = 3 * apart(i, curves.length);
    return [...new Set(ends)].map((epoch) => {
      const count = ends.filter((end) => end === epoch).length;
      return { x: epoch + shift, count, curve, words: `${curve.label}: ${count} diverged in epoch ${epoch}` };
    });
  });

/** Runs that diverged, on the floor of the accuracy panel, with their count, at the epoch in which they did. */
function divergedTraces(curves: readonly Curve[]): Trace[] {
  const found = divergences(curves);
  if (found.length === 0) return [];
  const accuracies = curves.flatMap(({ rows }) => points(rows, "testAccuracy").map(({ low, mean }) => low ?? mean));
  const floor = accuracies.length > 0 ? Math.min(...accuracies) : 0;
  return [
    {
      type: "scatter",
      mode: "markers+text",
      name: "diverged, and how many",
      x: found.map(({ x }) => x),
      y: found.map(() => floor),
      text: found.map(({ count }) => String(count)),
      textposition: "top center",
      marker: {
        color: found.map(({ curve }) => curve.style.color),
        symbol: "x-thin-open",
        size: 12,
        line: { width: 3 },
      },
      hovertext: found.map(({ words }) => words),
      hoverinfo: "text",
      ...inPanel(ACCURACY),
    },
  ];
}

/** The losses and the accuracies that are drawn, with their intervals, ours and published. */
function axes(curves: readonly Curve[], rows: readonly TrainingRow[], config: TrainingConfig): Layout {
  const ours = curves.flatMap((curve) => points(curve.rows, "testAccuracy"));
  const ends = ours.flatMap(({ mean, low, high }) => [low ?? mean, high ?? mean]);
  const theirs = curves.flatMap((curve) => curve.theirs.map(({ testAccuracy }) => testAccuracy));
  const chance = chanceOf(config);
  const range = accuracyRange([...ends, ...theirs].filter(Number.isFinite), chance);
  return {
    ...axesOf(LOSS, epochAxis(rows, curves), lossAxis(curves)),
    ...axesOf(ACCURACY, epochAxis(rows, curves), accuracyAxis(range)),
    ...chanceLine(ACCURACY, range, chance),
  };
}

/** Wide enough for the marks of runs that diverged, too. */
function epochAxis(rows: readonly TrainingRow[], curves: readonly Curve[]): Record<string, unknown> {
  const last = Math.max(1, ...rows.map((row) => row.epoch));
  const marks = divergences(curves).map(({ x }) => x);
  const range = [Math.min(0.7, ...marks.map((x) => x - 0.1)), Math.max(last + 0.3, ...marks.map((x) => x + 0.1))];
  return { title: { text: "epoch" }, range, dtick: Math.max(1, Math.ceil(last / 10)), tick0: 1 };
}

function wordsOf(
  curves: readonly Curve[],
  rows: readonly TrainingRow[],
  config: TrainingConfig,
  dataset: string,
): string {
  const { runs, schedule, batchSize, precisions, chainRules, engine, threads, seed } = config;
  const images = new Set(rows.map((row) => row.testCount).filter((count) => count !== 0));
  const rates = new Set(rows.map(({ optimizer, learningRate }) => `${optimizer} at ${learningRate}`));
  const all = curves.flatMap(({ rows: own }) => points(own, "trainLoss"));
  const zeros = "type" in lossAxis(curves) ? all.filter(({ mean }) => mean === 0).length : 0;
  return captionOf(
    paragraph(
      outcomesText(training.summarize(rows, config).cells, config),
      runs > 1 ? "Bars: bootstrap 95 % intervals of the mean." : "No intervals.",
      runs > 1 && "Points are means over runs.",
      curves.length > 1 && "Curves are shifted horizontally so that they do not overlap.",
      all.some((point) => point.fewer) && "Empty markers: means of the runs that are left.",
      zeros > 0 && `Mean losses of exactly 0, which a logarithmic axis cannot show: ${zeros}.`,
      "Runs of the same number start with the same network and see the same mini-batches.",
    ),
    paragraph(
      networkSentence(config),
      `Optimizers: ${[...rates].join(", ")}; schedule ${schedule.kind}; mini-batches of ${batchSize}; ${precisions.map((id) => precisionOf(id).label).join(", ")}.`,
      `Chain rule: ${chainRules.join(", ")}.`,
      images.size > 0 && `Accuracy on ${[...images].map(whole).join(", ")} test images.`,
    ),
    sourceSentence({ data: dataset, engine, threads, seed }),
    paragraph(
      curves.some((curve) => curve.theirs.length > 0) &&
        `Published (thin and black): Bertoin et al. 2021, the first epochs of ${config.dataset === "svhn" ? 100 : 200}; full-sized networks, all training images, 32 bits, GPUs, gradient overwritten at zeros.`,
    ),
  );
}

function altOf(curves: readonly Curve[], { network, runs }: TrainingConfig, dataset: string): string {
  const words = curves.map(({ label, rows }) => {
    const last = points(rows, "testAccuracy").at(-1);
    if (!last) return `${label}: no accuracy`;
    const left = last.n < runs ? ` (${last.n} of ${runs} runs)` : "";
    return `${label}: ${(100 * last.mean).toFixed(2)} % after epoch ${last.epoch}${left}`;
  });
  const diverged = curves.flatMap(({ rows }) => rows).filter((row) => row.outcome === "diverged").length;
  return `Two panels show training loss and test accuracy by epoch of ${network} on ${dataset}. Test accuracy: ${words.join("; ")}. Diverged runs: ${diverged}.`;
}
