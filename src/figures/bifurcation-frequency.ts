/** Four panels as in the paper's section 3: frequency by sample size, neurons, layers and batch size, in each precision. */

import { type BifurcationConfig, type BifurcationRow, bifurcationFrequency, type CellSummary } from "../experiments";
import { inOrder, precisionOf, type UniformId } from "../formats";
import type { RunRecord } from "./definition";
import { errorBars } from "./error-bars";
import { baseLayout, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import { type PublishedFrequency, published } from "./published";
import type { Figure, Layout, Trace } from "./types";

interface Panel {
  readonly name: PublishedFrequency["panel"];
  readonly axis: string;
  readonly x: (cell: CellSummary) => number;
  /** Everything but x is as in the paper's network. */
  readonly others: readonly (keyof CellSummary)[];
}

const PANELS: readonly Panel[] = [
  {
    name: "sample size",
    axis: "sample size (images)",
    x: (c) => c.sampleSize,
    others: ["width", "depth", "batchSize"],
  },
  {
    name: "neurons",
    axis: "neurons in each hidden layer",
    x: (c) => c.width,
    others: ["depth", "batchSize", "sampleSize"],
  },
  { name: "layers", axis: "hidden layers", x: (c) => c.depth, others: ["width", "batchSize", "sampleSize"] },
  {
    name: "batch size",
    axis: "images in a mini-batch",
    x: (c) => c.batchSize,
    others: ["width", "depth", "sampleSize"],
  },
];

/** What the paper keeps still in each panel; its counts stand beside ours only where we keep the same. */
const PAPER: Partial<CellSummary> = { width: 256, depth: 3, batchSize: 256, sampleSize: 60_000 };

const GAP = 0.27;
const BESIDE = 0.1;
const AXIS = {
  x: {
    domains: [
      [0, 0.46],
      [0.54, 1],
    ],
    suffixes: ["", "2", "3", "4"],
  },
  y: [
    [0.6, 1],
    [0, 0.4],
  ],
} as const;

export function drawBifurcationFrequency({
  rows,
  config,
  manifest,
}: RunRecord<BifurcationConfig, BifurcationRow>): Figure {
  const summary = bifurcationFrequency.summarize(rows, config);
  const centre = paperCell(config);
  const panels = PANELS.map((panel) => ({
    ...panel,
    cells: summary.filter((cell) => panel.others.every((key) => cell[key] === centre[key])),
    published: panel.others.every((key) => centre[key] === PAPER[key])
      ? published("bifurcation-frequency").filter((point) => point.panel === panel.name)
      : [],
  }));
  const data = panels.flatMap((panel, i) => [...ours(panel, i), ...theirs(panel, i, panels)]);
  const dataset = datasetOf(manifest);
  const caption = captionOf(summary, config, centre, dataset);
  const size = { width: 980, height: 860 };
  const layout = withLayout(
    baseLayout({
      title: "How often does ReLU'(0) change the gradient?",
      subtitle: `Share of initialisations for which ReLU'(0) = ${config.pair[0]} and ReLU'(0) = ${config.pair[1]} give different gradients somewhere in one pass over the data`,
      caption,
      ...size,
      legendRows: 2,
      room: { above: 16, below: 64, left: 76 },
    }),
    panels.reduce<Layout>((all, panel, i) => withLayout(all, axes(panel, i)), { annotations: [] }),
  );
  return {
    name: "bifurcation-frequency",
    title: "How often does ReLU'(0) change the gradient?",
    data,
    layout,
    alt: altOf(summary, centre, dataset),
    caption,
    table: summary,
    ...size,
  };
}

/** The cell that all panels share, with the largest sample. */
function paperCell({ widths, depths, batchSizes, sampleSizes }: BifurcationConfig): Partial<CellSummary> {
  const still = (list: readonly number[], value: number) => (list.includes(value) ? value : list[0]!);
  const sampleSize = Math.max(...sampleSizes);
  return { width: still(widths, 256), depth: still(depths, 3), batchSize: still(batchSizes, 256), sampleSize };
}

type DrawnPanel = Panel & { readonly cells: readonly CellSummary[]; readonly published: readonly PublishedFrequency[] };

const ticks = (panel: DrawnPanel) => [...new Set(panel.cells.map(panel.x))].sort((a, b) => a - b);
const precisions = (panel: DrawnPanel) => inOrder([...new Set(panel.cells.map((cell) => cell.precision))]);
const offset = (panel: DrawnPanel, precision: UniformId) => {
  const all = precisions(panel);
  return (all.indexOf(precision) - (all.length - 1) / 2) * GAP;
};

/** Our frequencies with their intervals, one trace for each precision. */
function ours(panel: DrawnPanel, i: number): Trace[] {
  return precisions(panel).map((precision) => {
    const { label, color, symbol } = precisionStyle(precision);
    const cells = panel.cells.filter((cell) => cell.precision === precision && cell.frequencyFirstLayer !== null);
    const points = cells.map((cell) => ({
      y: cell.frequencyFirstLayer!,
      low: cell.lowFirstLayer,
      high: cell.highFirstLayer,
    }));
    return {
      type: "scatter",
      mode: "markers",
      name: label,
      legendgroup: label,
      showlegend: i === 0,
      x: cells.map((cell) => ticks(panel).indexOf(panel.x(cell)) + offset(panel, precision)),
      y: points.map(({ y }) => y),
      error_y: errorBars(points, { color }),
      marker: { color, symbol, size: 9 },
      hovertext: cells.map((cell) => `${label}, ${panel.x(cell)}: ${cell.differentFirstLayer} of ${cell.runs}`),
      hoverinfo: "text",
      xaxis: `x${AXIS.x.suffixes[i]}`,
      yaxis: `y${AXIS.x.suffixes[i]}`,
    };
  });
}

/** The published numbers that have a place in a panel. */
const pointsOf = (panel: DrawnPanel, kind: PublishedFrequency["how"]) =>
  panel.published.filter(
    ({ how, x, precision }) => how === kind && ticks(panel).includes(x) && precisions(panel).includes(precision),
  );

/** The published numbers, beside ours, where they were measured. */
function theirs(panel: DrawnPanel, i: number, panels: readonly DrawnPanel[]): Trace[] {
  return (["counted", "read from figure"] as const).map((how) => {
    const points = pointsOf(panel, how);
    const name = how === "counted" ? "published, 1000 runs" : "published, read off a figure";
    return {
      type: "scatter",
      mode: "markers",
      name,
      legendgroup: name,
      showlegend: i === panels.findIndex((one) => pointsOf(one, how).length > 0),
      x: points.map((point) => ticks(panel).indexOf(point.x) + offset(panel, point.precision) + BESIDE),
      y: points.map((point) => point.fraction),
      marker: {
        color: "#000000",
        symbol: how === "counted" ? "circle-open" : "x-thin-open",
        size: 9,
        line: { width: 2 },
      },
      hovertext: points.map(
        (p) =>
          `published, ${precisionOf(p.precision).label}, ${p.x}: ${p.different ?? `${p.fraction} of`} of ${p.runs}`,
      ),
      hoverinfo: "text",
      xaxis: `x${AXIS.x.suffixes[i]}`,
      yaxis: `y${AXIS.x.suffixes[i]}`,
    };
  });
}

function axes(panel: DrawnPanel, i: number): Layout {
  const suffix = AXIS.x.suffixes[i]!;
  const values = ticks(panel);
  const short = (n: number) => (n >= 1000 && panel.name === "sample size" ? `${n / 1000}k` : String(n));
  const missing = panel.published.filter(({ how }) => how === "not run");
  const note = {
    text: "64 bits: published as 0, never run",
    font: { size: 11 },
    ...{ x: 0.99, xref: `x${suffix} domain`, xanchor: "right", y: 1.0, yref: `y${suffix} domain`, yanchor: "bottom" },
  };
  return {
    [`xaxis${suffix}`]: {
      domain: AXIS.x.domains[i % 2],
      anchor: `y${suffix}`,
      tickvals: values.map((_, k) => k),
      ticktext: values.map(short),
      range: [-0.6, values.length - 0.4],
      showgrid: false,
      title: { text: panel.axis },
    },
    [`yaxis${suffix}`]: {
      domain: AXIS.y[Math.floor(i / 2)],
      anchor: `x${suffix}`,
      range: [-0.03, 1.05],
      tickformat: ".0%",
      title: { text: i % 2 === 0 ? "share of runs" : "" },
    },
    annotations: missing.length > 0 && precisions(panel).includes(64) ? [note] : [],
  };
}

function datasetOf(manifest: RunRecord["manifest"]): string {
  const dataset = manifest.environment?.dataset;
  return dataset?.description ?? "data not recorded";
}

function captionOf(
  summary: readonly CellSummary[],
  config: BifurcationConfig,
  { width, depth, batchSize }: Partial<CellSummary>,
  dataset: string,
): string {
  const runs = inOrder(config.precisions).map((precision) => {
    const counts = summary.filter((cell) => cell.precision === precision).map((cell) => cell.runs);
    const [low, high] = [Math.min(...counts), Math.max(...counts)];
    return `${precisionOf(precision).label} ${low === high ? low : `${low} to ${high}`}`;
  });
  const largest = Math.max(...config.sampleSizes);
  const whole = summary.filter((cell) => cell.sampleSize === largest);
  const failed = whole.reduce((sum, cell) => sum + cell.failed, 0);
  const notANumber = whole.reduce((sum, cell) => sum + cell.notANumber, 0);
  const apart = whole.filter((cell) => cell.different !== cell.differentFirstLayer).length;
  const other =
    apart === 0 ? "gives the same counts in every cell" : `gives other counts in ${apart} of ${whole.length} cells`;
  return [
    `Runs a cell: ${runs.join(", ")}. Bars: Wilson 95 % intervals. Failed runs: ${failed}; runs that met a NaN: ${notANumber}.`,
    `Elsewhere ${depth} hidden layers of ${width} neurons${config.firstActivation ? "" : ", no ReLU behind the first"}, batch ${batchSize}, the full mini-batches of one pass of ${largest.toLocaleString("en")} images in order. Criterion: a bit differs in the gradient of the first layer's weights; the criterion "in any parameter" ${other}. Chain rule: ${config.chainRule}.`,
    `Data: ${dataset}. Engine: ${config.engine}, seed ${config.seed}. Published: Bertoin et al. 2021, MNIST, on GPUs; their sample-size curves come from a network without a ReLU behind its first layer.`,
  ].join("\n");
}

function altOf(summary: readonly CellSummary[], centre: Partial<CellSummary>, dataset: string): string {
  const same = (cell: CellSummary) =>
    Object.entries(centre).every(([key, value]) => cell[key as keyof CellSummary] === value);
  const words = summary.filter(same).map((cell) => {
    const percent = (x: number | null) => (x === null ? "unknown" : `${(100 * x).toFixed(1)} %`);
    const interval = `${percent(cell.lowFirstLayer)} to ${percent(cell.highFirstLayer)}`;
    return `at ${precisionOf(cell.precision).label} ${percent(cell.frequencyFirstLayer)} (${interval}, ${cell.runs} runs)`;
  });
  return `Four panels show the share of initialisations whose gradient depends on ReLU'(0), by sample size, neurons, layers and batch size, in each precision, on ${dataset}. For ${centre.depth} layers of ${centre.width} neurons and batch ${centre.batchSize} it is ${words.join(", ")}.`;
}
