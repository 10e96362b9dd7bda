/** Training loss and test accuracy, epoch by epoch, of each kind of run of a sweep: Bertoin et al. 2021, section 4.3. */
import { type TrainingConfig, type TrainingRow, training } from "../experiments";
import { meanOf } from "../util";
import type { RunRecord } from "./definition";
import { errorBars } from "./error-bars";
import { baseLayout, withLayout } from "./layout";
import { colors, precisionStyle, type SeriesStyle, seriesStyle } from "./palette";
import { type PublishedEpoch, published } from "./published";
import { isPublishedKind, kinds, outcomesText } from "./training-kinds";
import type { Figure, Trace } from "./types";

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
  readonly style: SeriesStyle;
  readonly rows: readonly TrainingRow[];
  /** What was published of the same kind of run, for the epochs that ours reach. */
  readonly theirs: readonly PublishedEpoch[];
}

const PANELS = [
  { column: "trainLoss", axis: "training loss (mean of mini-batches, nats)", suffix: "", domain: [0, 0.44] },
  { column: "testAccuracy", axis: "test accuracy", suffix: "2", domain: [0.56, 1] },
] as const;

const LOSSES = [-4, -3, -2, -1, 0, 1, 2, 3].flatMap((k) => [1, 1.5, 2, 3, 5, 7].map((m) => Number(`${m}e${k}`)));

/** A logarithmic axis; a linear one where losses are so near to each other that no two ticks would fall between them. */
function lossTicks(curves: readonly Curve[]) {
  const ends = curves
    .flatMap(({ rows }) => points(rows, "trainLoss").flatMap(({ mean, low, high }) => [low ?? mean, high ?? mean]))
    .filter((loss) => loss > 0);
  const between = LOSSES.filter((loss) => loss >= Math.min(...ends) && loss <= Math.max(...ends));
  if (between.length < 2) return {};
  return { type: "log", tickvals: LOSSES, ticktext: LOSSES.map(String) };
}

/** Curves lie beside each other, by so many epochs, so that equal ones are seen; all of them within half an epoch. */
const apart = (curves: number) => Math.min(0.05, 0.5 / curves);

export function drawTrainingCurves({ rows, config, manifest }: RunRecord<TrainingConfig, TrainingRow>): Figure {
  const curves = curvesOf(rows, config);
  const recorded = manifest.environment?.dataset;
  const dataset = config.label ?? recorded?.description ?? config.dataset;
  const images = recorded?.count === undefined ? "" : `, ${recorded.count.toLocaleString("en")} training images`;
  const network = `${config.network}${config.batchNorm.every((on) => on) ? " with batch-norm" : ""}`;
  const legendRows = Math.ceil((curves.length + Number(curves.some(({ theirs }) => theirs.length > 0))) / 3) + 1;
  const size = { width: 980, height: 560 + 24 * Math.max(0, legendRows - 3) };
  const title = "Does ReLU'(0) matter for training?";
  const caption = captionOf(curves, rows, config, recorded?.description ?? dataset);
  const layout = withLayout(
    baseLayout({
      title,
      subtitle: `${network} on ${dataset}${images}`,
      caption,
      ...size,
      legendRows,
      room: { left: 76 },
    }),
    {
      xaxis: { ...epochAxis(rows), domain: PANELS[0].domain, anchor: "y" },
      yaxis: { title: { text: PANELS[0].axis }, anchor: "x", ...lossTicks(curves) },
      xaxis2: { ...epochAxis(rows), domain: PANELS[1].domain, anchor: "y2" },
      yaxis2: { title: { text: `${PANELS[1].axis} (axis does not begin at 0)` }, tickformat: ".1%", anchor: "x2" },
    },
  );
  const data = [
    ...PANELS.flatMap((panel) =>
      curves.map((curve, i) => trace(curve, panel, (i - (curves.length - 1) / 2) * apart(curves.length))),
    ),
    ...PANELS.flatMap((panel) => publishedTraces(curves, panel)),
    ...divergedTraces(curves),
  ];
  const table = curves.flatMap(({ label, rows: own, theirs }) =>
    PANELS.flatMap(({ column }) => [
      ...points(own, column).map((point) => ({ curve: label, column, ...point })),
      ...theirs.map((one) => ({ curve: label, column, source: "published", ...publishedPoint(one, column) })),
    ]),
  );
  return {
    name: "training-curves",
    title,
    data,
    layout,
    alt: altOf(curves, config, dataset),
    caption,
    table: table,
    ...size,
  };
}

/** The rows of each kind of run, named by what differs between the kinds. */
function curvesOf(rows: readonly TrainingRow[], config: TrainingConfig): Curve[] {
  const { varying, labelOf } = kinds(rows);
  const groups = new Map<string, TrainingRow[]>();
  for (const row of rows) {
    const label = labelOf(row) || `ReLU'(0) = ${row.value}`;
    groups.set(label, [...(groups.get(label) ?? []), row]);
  }
  const values = [...new Set(rows.map((row) => row.value))];
  const onlyValueAndPrecision = varying.every((column) => column === "value" || column === "precision");
  return [...groups].map(([label, own], i) => {
    const byValue = seriesStyle(values.indexOf(own[0]!.value));
    const style =
      varying.includes("precision") && onlyValueAndPrecision
        ? { ...byValue, color: precisionStyle(own[0]!.precision).color }
        : seriesStyle(i);
    return { label, style, rows: own, theirs: publishedEpochs(own[0]!, config) };
  });
}

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

const publishedPoint = (one: PublishedEpoch, column: (typeof PANELS)[number]["column"]) => {
  return { epoch: one.epoch, n: one.runs, mean: one[column] };
};

/** Mean and bootstrap interval over the runs that have a number for an epoch. */
function points(rows: readonly TrainingRow[], column: (typeof PANELS)[number]["column"]): Point[] {
  const epochs = [...new Set(rows.map((row) => row.epoch))].sort((a, b) => a - b);
  const diverged = rows.filter((row) => row.outcome === "diverged").map((row) => row.epoch);
  return epochs.flatMap((epoch) => {
    const values = rows.filter((row) => row.epoch === epoch).map((row) => row[column]);
    const { estimate, low, high, n } = meanOf(values.filter(Number.isFinite));
    const fewer = diverged.some((end) => end <= epoch);
    return estimate === null ? [] : [{ epoch, n, fewer, mean: estimate, low, high }];
  });
}

function trace({ label, style, rows }: Curve, { column, suffix }: (typeof PANELS)[number], shift: number): Trace {
  const own = points(rows, column);
  const { color, symbol, dash } = style;
  return {
    type: "scatter",
    mode: "lines+markers",
    name: label,
    legendgroup: label,
    showlegend: suffix === "",
    x: own.map(({ epoch }) => epoch + shift),
    y: own.map(({ mean }) => mean),
    error_y: errorBars(
      own.map(({ mean: y, low, high }) => ({ y, low, high })),
      { visible: own.some(({ n }) => n > 1), color },
    ),
    line: { color, dash },
    // an empty marker: the mean of those runs that are left
    marker: { color, symbol: own.map(({ fewer }) => (fewer ? `${symbol}-open` : symbol)) },
    hovertext: own.map(({ epoch, mean, n }) => `${label}, epoch ${epoch}: ${mean.toPrecision(4)}, n = ${n}`),
    hoverinfo: "text",
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
  };
}

/** The published means, thin and black in the marker of the curve that they belong to. */
function publishedTraces(curves: readonly Curve[], { column, suffix }: (typeof PANELS)[number]): Trace[] {
  const some = curves.filter(({ theirs }) => theirs.length > 0);
  return some.map(({ label, style, theirs }, i) => {
    const own = theirs.map((one) => publishedPoint(one, column)).filter(({ mean }) => Number.isFinite(mean));
    return {
      type: "scatter",
      mode: "lines+markers",
      name: "published",
      legendgroup: "published",
      showlegend: suffix === "" && i === 0,
      x: own.map(({ epoch }) => epoch),
      y: own.map(({ mean }) => mean),
      line: { color: colors.black, dash: "dot", width: 1 },
      marker: { color: colors.black, symbol: `${style.symbol}-open`, size: 7 },
      hovertext: own.map(({ epoch, mean, n }) => `published, ${label}, epoch ${epoch}: ${mean}, n = ${n}`),
      hoverinfo: "text",
      xaxis: `x${suffix}`,
      yaxis: `y${suffix}`,
    };
  });
}

/** Runs that diverged, on the floor of the accuracy panel, with their count, at the epoch in which they did. */
function divergedTraces(curves: readonly Curve[]): Trace[] {
  const found = curves.flatMap((curve, i) => {
    const ends = curve.rows.filter((row) => row.outcome === "diverged").map((row) => row.epoch);
    const shift = 3 * (i - (curves.length - 1) / 2) * apart(curves.length);
    return [...new Set(ends)].map((epoch) => {
      const count = ends.filter((end) => end === epoch).length;
      return { x: epoch + shift, count, curve, words: `${curve.label}: ${count} diverged in epoch ${epoch}` };
    });
  });
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
      xaxis: "x2",
      yaxis: "y2",
    },
  ];
}

function epochAxis(rows: readonly TrainingRow[]): Record<string, unknown> {
  const last = Math.max(1, ...rows.map((row) => row.epoch));
  return { title: { text: "epoch" }, range: [0.7, last + 0.3], dtick: Math.max(1, Math.ceil(last / 10)), tick0: 1 };
}

function captionOf(
  curves: readonly Curve[],
  rows: readonly TrainingRow[],
  config: TrainingConfig,
  dataset: string,
): string {
  const images = new Set(rows.map((row) => row.testCount).filter((count) => count !== 0));
  const rates = new Set(rows.map(({ optimizer, learningRate }) => `${optimizer} at ${learningRate}`));
  const all = curves.flatMap(({ rows: own }) => points(own, "trainLoss"));
  const fewer = all.some((point) => point.fewer) ? " Empty markers: means of the runs that are left." : "";
  const zero = "type" in lossTicks(curves) ? all.filter(({ mean }) => mean === 0).length : 0;
  const zeros = zero > 0 ? ` Mean losses of exactly 0, which a logarithmic axis cannot show: ${zero}.` : "";
  const theirs = curves.some((curve) => curve.theirs.length > 0)
    ? "\nPublished (black, dotted): Bertoin et al. 2021, the first epochs of 200 (SVHN: of 100), full-sized networks, all training images, 32 bits, GPUs, gradient overwritten at zeros."
    : "";
  return [
    `${outcomesText(training.summarize(rows, config).cells, config)}. ${config.runs > 1 ? "Bars: bootstrap 95 % intervals of the mean." : "One run each: no intervals."} Points are means over runs, drawn beside each other.${fewer}${zeros} Runs of the same number begin with the same network and see the same batches.`,
    `Optimizers: ${[...rates].join(", ")}; schedule ${config.schedule.kind}; batch ${config.batchSize}. Chain rule: ${config.chainRules.join(", ")}. Accuracy on ${[...images].join(", ")} test images.`,
    `Data: ${dataset}. Engine: ${config.engine}, ${config.threads} thread${config.threads === 1 ? "" : "s"}, seed ${config.seed}.${theirs}`,
  ].join("\n");
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
