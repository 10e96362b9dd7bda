/** Training loss and test accuracy, epoch by epoch, of each kind of run of a sweep: Bertoin et al. 2021, section 4.3. */
import type { TrainingConfig } from "../experiments";
import type { Row } from "../runs";
import { meanOf } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { precisionStyle, type SeriesStyle, seriesStyle } from "./palette";
import { kinds } from "./training-kinds";
import type { Figure, TableRow, Trace } from "./types";

interface Point {
  readonly epoch: number;
  readonly n: number;
  readonly mean: number;
  /** Of the bootstrap interval; null for one run. */
  readonly low: number | null;
  readonly high: number | null;
}

interface Curve {
  readonly label: string;
  readonly style: SeriesStyle;
  readonly rows: readonly Row[];
}

const PANELS = [
  { column: "trainLoss", axis: "training loss (mean of mini-batches, nats)", suffix: "", domain: [0, 0.44] },
  { column: "testAccuracy", axis: "test accuracy", suffix: "2", domain: [0.56, 1] },
] as const;

const LOSSES = [-4, -3, -2, -1, 0, 1, 2, 3].flatMap((k) => [1, 1.5, 2, 3, 5, 7].map((m) => Number(`${m}e${k}`)));

/** A logarithmic axis; a linear one where losses are so near to each other that no tick would fall between them. */
function lossTicks(curves: readonly Curve[]) {
  const ends = curves.flatMap(({ rows }) =>
    points(rows, "trainLoss").flatMap(({ mean, low, high }) => [low ?? mean, high ?? mean]),
  );
  const between = LOSSES.filter((loss) => loss >= Math.min(...ends) && loss <= Math.max(...ends));
  if (between.length === 0) return {};
  return { type: "log", tickvals: LOSSES, ticktext: LOSSES.map(String) };
}

/** Curves lie beside each other, by so many epochs, so that equal ones are seen; all of them within half an epoch. */
const apart = (curves: number) => Math.min(0.05, 0.5 / curves);

export function drawTrainingCurves({ rows, config: anyConfig, manifest }: RunRecord): Figure {
  const config = anyConfig as unknown as TrainingConfig;
  const curves = curvesOf(rows);
  const recorded = manifest.environment?.dataset as { description?: string; count?: number } | undefined;
  const dataset = config.label ?? recorded?.description ?? config.dataset;
  const images = recorded?.count === undefined ? "" : `, ${recorded.count.toLocaleString("en")} training images`;
  const network = `${config.network}${config.batchNorm.every((on) => on) ? " with batch-norm" : ""}`;
  const legendRows = Math.ceil(curves.length / 3) + 1;
  const size = { width: 980, height: 560 + 24 * Math.max(0, legendRows - 3) };
  const title = "Does ReLU'(0) matter for training?";
  const caption = captionOf(rows, config, recorded?.description ?? dataset);
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
    ...divergedTraces(curves),
  ];
  const table = curves.flatMap(({ label, rows: own }) =>
    PANELS.flatMap(({ column }) => points(own, column).map((point) => ({ curve: label, column, ...point }))),
  );
  return {
    name: "training-curves",
    title,
    data,
    layout,
    alt: altOf(curves, config, dataset),
    caption,
    table: table as TableRow[],
    ...size,
  };
}

/** The rows of each kind of run, named by what differs between the kinds. */
function curvesOf(rows: readonly Row[]): Curve[] {
  const { varying, labelOf } = kinds(rows);
  const groups = new Map<string, Row[]>();
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
        ? { ...byValue, color: precisionStyle(own[0]!.precision as number).color }
        : seriesStyle(i);
    return { label, style, rows: own };
  });
}

/** Mean and bootstrap interval over the runs that have a number for an epoch. */
function points(rows: readonly Row[], column: string): Point[] {
  const epochs = [...new Set(rows.map((row) => row.epoch as number))].sort((a, b) => a - b);
  return epochs.flatMap((epoch) => {
    const values = rows.filter((row) => row.epoch === epoch).map((row) => row[column] as number);
    const finite = values.filter(Number.isFinite);
    const { estimate, low, high, n } = meanOf(finite);
    return estimate === null ? [] : [{ epoch, n, mean: estimate, low, high }];
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
    error_y: {
      type: "data",
      symmetric: false,
      visible: own.some(({ n }) => n > 1),
      array: own.map(({ high, mean }) => (high ?? mean) - mean),
      arrayminus: own.map(({ low, mean }) => mean - (low ?? mean)),
      color,
    },
    line: { color, dash },
    marker: { color, symbol },
    hovertext: own.map(({ epoch, mean, n }) => `${label}, epoch ${epoch}: ${mean.toPrecision(4)}, n = ${n}`),
    hoverinfo: "text",
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
  };
}

/** Runs that diverged, on the floor of the accuracy panel, at the epoch in which they did. */
function divergedTraces(curves: readonly Curve[]): Trace[] {
  const found = curves.flatMap((curve) =>
    curve.rows.filter((row) => row.outcome === "diverged").map((row) => ({ curve, epoch: row.epoch as number })),
  );
  if (found.length === 0) return [];
  const accuracies = curves.flatMap(({ rows }) => points(rows, "testAccuracy").map(({ low, mean }) => low ?? mean));
  const floor = accuracies.length > 0 ? Math.min(...accuracies) : 0;
  return [
    {
      type: "scatter",
      mode: "markers",
      name: "diverged",
      x: found.map(({ epoch }) => epoch),
      y: found.map(() => floor),
      marker: {
        color: found.map(({ curve }) => curve.style.color),
        symbol: "x-thin-open",
        size: 12,
        line: { width: 3 },
      },
      hovertext: found.map(({ curve, epoch }) => `${curve.label}: diverged in epoch ${epoch}`),
      hoverinfo: "text",
      xaxis: "x2",
      yaxis: "y2",
    },
  ];
}

function epochAxis(rows: readonly Row[]): Record<string, unknown> {
  const last = Math.max(1, ...rows.map((row) => row.epoch as number));
  return { title: { text: "epoch" }, range: [0.7, last + 0.3], dtick: Math.max(1, Math.ceil(last / 10)), tick0: 1 };
}

const countOf = (rows: readonly Row[], outcome: string) => rows.filter((row) => row.outcome === outcome).length;

function captionOf(rows: readonly Row[], config: TrainingConfig, dataset: string): string {
  const images = new Set(rows.map((row) => row.testCount).filter((count) => count !== 0));
  const rates = new Set(rows.map(({ optimizer, learningRate }) => `${optimizer} at ${learningRate}`));
  return [
    `Runs of each kind: ${config.runs}; finished ${countOf(rows, "finished")}, diverged ${countOf(rows, "diverged")} of all. ${config.runs > 1 ? "Bars: bootstrap 95 % intervals of the mean." : "One run each: no intervals."} Points are means over runs, drawn beside each other. Runs of the same number begin with the same network and see the same batches.`,
    `Optimizers: ${[...rates].join(", ")}; schedule ${config.schedule.kind}; batch ${config.batchSize}. Chain rule: ${config.chainRules.join(", ")}. Accuracy on ${[...images].join(", ")} test images.`,
    `Data: ${dataset}. Engine: ${config.engine}, ${config.threads} thread${config.threads === 1 ? "" : "s"}, seed ${config.seed}.`,
  ].join("\n");
}

function altOf(curves: readonly Curve[], config: TrainingConfig, dataset: string): string {
  const words = curves.map(({ label, rows }) => {
    const last = points(rows, "testAccuracy").at(-1);
    return `${label}: ${last ? `${(100 * last.mean).toFixed(2)} % after epoch ${last.epoch}` : "no accuracy"}`;
  });
  return `Two panels show training loss and test accuracy by epoch of ${config.network} on ${dataset}. Test accuracy: ${words.join("; ")}. Diverged runs: ${countOf(
    curves.flatMap((curve) => curve.rows),
    "diverged",
  )}.`;
}
