/**
 * Two panels, for each network or comparison and each precision: the share of mini-batches on which two gradients differ, and the
 * share of initialisations that have met such a mini-batch within so many images. Bertoin et al. 2021, section 4.4.
 */

import {
  type BatchSummary,
  bifurcationFrequencyNetworks,
  type NetworksConfig,
  type NetworksRow,
  type NetworksSummary,
  type SampleSummary,
} from "../experiments";
import { inOrder, type PrecisionId, precisionOf, precisionWords } from "../formats";
import type { RunRecord } from "./definition";
import { errorBars } from "./error-bars";
import { baseLayout, withLayout } from "./layout";
import { colors, precisionStyle, seriesStyle } from "./palette";
import { type PublishedNetwork, published } from "./published";
import type { Figure, Layout, Trace } from "./types";

type Cell = BatchSummary | SampleSummary;

/** What is drawn: the cells, and the names of the groups in which they stand side by side. */
interface Drawing {
  readonly config: NetworksConfig;
  readonly summary: NetworksSummary;
  readonly groups: readonly string[];
  readonly groupOf: (cell: Cell) => string;
}

const SIZE = { width: 980, height: 640 };
const PANELS = [
  [0, 0.46],
  [0.56, 1],
] as const;
const GAP = 0.22;
/** How much of the room between two sample sizes is for the lines that lie beside each other, on the logarithmic axis. */
const SPREAD = 0.75;

/** Section 4.4: networks with and without batch normalisation. */
export const drawBifurcationFrequencyNetworks = (run: RunRecord<NetworksConfig, NetworksRow>): Figure =>
  draw(run, {
    name: "bifurcation-frequency-networks",
    title: "How often does ReLU'(0) change the gradient of a convolutional network?",
    subtitle:
      "Shares of mini-batches, and of initialisations, whose gradient differs in the weights of the first layer",
  });

/** The same for ReLU, LeakyReLU and ReLU6 at their kinks. */
export const drawReluFamily = (run: RunRecord<NetworksConfig, NetworksRow>): Figure =>
  draw(run, {
    name: "relu-family",
    title: "How often do the kinks of ReLU, LeakyReLU and ReLU6 change the gradient?",
    subtitle:
      "relu.zero 0 | 1: at the kink 0 of ReLU one gradient takes the number 0, the other 1. Compared: the first layer's weights",
  });

type Words = Pick<Figure, "name" | "title"> & { readonly subtitle: string };

function draw(
  { rows, config, manifest }: RunRecord<NetworksConfig, NetworksRow>,
  { name, title, subtitle }: Words,
): Figure {
  const drawing = drawingOf(config, bifurcationFrequencyNetworks.summarize(rows, config));
  const { cells, samples } = drawing.summary;
  const recorded = manifest.environment?.dataset;
  const description = recorded?.description ?? config.dataset;
  const dataset = config.label === null ? description : `${config.label} (${description})`;
  const caption = captionOf(drawing, dataset);
  const legendRows = 1 + Math.ceil((drawing.groups.length + 4) / 5);
  const lines = Math.max(...drawing.groups.map((group) => lineBreaks(group).split("<br>").length));
  const layout = withLayout(
    baseLayout({ title, subtitle, caption, ...SIZE, legendRows, room: { left: 76, below: 54 + 16 * lines } }),
    axes(drawing),
  );
  return {
    name,
    title,
    data: [...batchTraces(drawing), ...sampleTraces(drawing), ...groupLegend(drawing)],
    layout,
    alt: altOf(drawing, config.label ?? description),
    caption,
    table: [
      ...cells.map((cell) => ({ panel: "mini-batches", ...cell })),
      ...samples.map((sample) => ({ panel: "initialisations", ...sample })),
      ...publishedCells(drawing).map(({ group, ...cell }) => ({ panel: "mini-batches", source: "published", ...cell })),
    ],
    ...SIZE,
  };
}

/** Groups are named by what differs between them: the network, the comparison. */
function drawingOf(config: NetworksConfig, summary: NetworksSummary): Drawing {
  const several = config.networks.length * config.batchNorm.length > 1 || config.comparisons.length === 1;
  const groupOf = ({ network, batchNorm, kinks }: Cell) =>
    [
      ...(several ? [`${network}${batchNorm ? " + BN" : ""}`] : []),
      ...(config.comparisons.length > 1 ? [kinks] : []),
    ].join(", ");
  return { config, summary, groupOf, groups: [...new Set(summary.cells.map(groupOf))] };
}

/** "relu6.zero 0 | 1, relu6.six 0 | 1" in lines that fit under a tick. */
const lineBreaks = (group: string) => group.replace(/, /g, "<br>").replace(/([a-z]) /g, "$1<br>");

const shift = ({ config }: Drawing, precision: PrecisionId) => {
  const order = inOrder(config.precisions);
  return order.indexOf(precision as (typeof order)[number]) - (order.length - 1) / 2;
};

const intervals = (cells: readonly Cell[], color: string): Trace =>
  errorBars(
    cells.map((cell) => ({ y: cell.frequencyFirstLayer!, low: cell.lowFirstLayer, high: cell.highFirstLayer })),
    { color },
  );

const symbolOf = ({ groups, groupOf }: Drawing, cell: Cell) => seriesStyle(groups.indexOf(groupOf(cell))).symbol;

/** Left: one trace a precision with intervals, and the mini-batches that hit a kink as empty circles. */
function batchTraces(drawing: Drawing): Trace[] {
  const { config, summary, groups, groupOf } = drawing;
  const at = (cell: Cell) => groups.indexOf(groupOf(cell)) + GAP * shift(drawing, cell.precision);
  const known = summary.cells.filter((cell) => cell.frequencyFirstLayer !== null);
  const ours = config.precisions.map((precision) => {
    const { label, color } = precisionStyle(precision);
    const cells = known.filter((cell) => cell.precision === precision);
    return {
      type: "scatter",
      mode: "markers",
      name: label,
      showlegend: false,
      x: cells.map(at),
      y: cells.map((cell) => cell.frequencyFirstLayer!),
      error_y: intervals(cells, color),
      marker: { color, size: 9, symbol: cells.map((cell) => symbolOf(drawing, cell)) },
      hovertext: cells.map((c) => `${groupOf(c)}, ${label}: ${c.differentFirstLayer} of ${c.batches} mini-batches`),
      hoverinfo: "text",
    };
  });
  const hits = {
    type: "scatter",
    mode: "markers",
    name: "mini-batches that hit a kink exactly",
    x: known.map((cell) => at(cell) + GAP / 2.5),
    y: known.map((cell) => cell.withHit / cell.batches),
    marker: { color: colors.black, symbol: "circle-open", size: 8, line: { width: 1.5 } },
    hovertext: known.map(
      (cell) => `${groupOf(cell)}, ${precisionOf(cell.precision).label}: ${cell.withHit} with a hit`,
    ),
    hoverinfo: "text",
  };
  return [...ours, hits, ...theirs(drawing)];
}

/** The published frequencies on a mini-batch of CIFAR-10, of networks of full width. */
function publishedCells({ config, groups }: Drawing): (PublishedNetwork & { readonly group: number })[] {
  if (config.dataset !== "cifar10") return [];
  return published("bifurcation-frequency-networks")
    .map((cell) => ({ ...cell, group: groups.indexOf(`${cell.network}${cell.batchNorm ? " + BN" : ""}`) }))
    .filter(({ group, precision }) => group >= 0 && config.precisions.includes(precision));
}

const shareOf = ({ different, batches }: PublishedNetwork) => different / batches;

/** The uppermost thing that is drawn of a cell. */
const highest = ({ highFirstLayer, withHit, batches }: BatchSummary) =>
  Math.max(highFirstLayer ?? 0, batches > 0 ? withHit / batches : 0);

function theirs(drawing: Drawing): Trace[] {
  const cells = publishedCells(drawing);
  if (cells.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      name: "published, full width",
      x: cells.map(({ group, precision }) => group + GAP * shift(drawing, precision) - GAP / 2.5),
      y: cells.map(shareOf),
      marker: { color: colors.black, symbol: "x-thin-open", size: 8, line: { width: 1.5 } },
      hovertext: cells.map(
        ({ group, precision, different, batches }) =>
          `published, ${drawing.groups[group]}, ${precisionOf(precision).label}: ${different} of ${batches} mini-batches`,
      ),
      hoverinfo: "text",
    },
  ];
}

/** Right: a line for each cell, beside each other where they would coincide. */
function sampleTraces(drawing: Drawing): Trace[] {
  const { config, summary, groups, groupOf } = drawing;
  const sizes = sampleSizes(drawing);
  const room = Math.min(2, ...sizes.slice(1).map((size, i) => size / sizes[i]!));
  return config.precisions.flatMap((precision) =>
    groups.map((group, i) => {
      const { label, color, dash } = precisionStyle(precision);
      const samples = summary.samples.filter(
        (one) => one.precision === precision && groupOf(one) === group && one.frequencyFirstLayer !== null,
      );
      const place = shift(drawing, precision) * groups.length + i - (groups.length - 1) / 2;
      const apart = room ** ((SPREAD * place) / (groups.length * config.precisions.length));
      return {
        type: "scatter",
        mode: "lines+markers",
        name: label,
        legendgroup: label,
        showlegend: i === 0,
        x: samples.map(({ sampleSize }) => sampleSize * apart),
        y: samples.map((one) => one.frequencyFirstLayer!),
        error_y: { ...intervals(samples, color), thickness: 1, width: 2 },
        line: { color, dash, width: 1.5 },
        marker: { color, size: 8, symbol: seriesStyle(i).symbol },
        hovertext: samples.map(
          (s) => `${group}, ${label}, ${s.sampleSize}: ${s.differentFirstLayer} of ${s.runsFirstLayer}`,
        ),
        hoverinfo: "text",
        ...{ xaxis: "x2", yaxis: "y2" },
      };
    }),
  );
}

/** What the markers mean; nothing is drawn. */
const groupLegend = ({ groups }: Drawing): Trace[] =>
  groups.map((group, i) => ({
    type: "scatter",
    mode: "markers",
    name: group,
    x: [null],
    y: [null],
    marker: { color: colors.black, symbol: seriesStyle(i).symbol, size: 9 },
    ...{ xaxis: "x2", yaxis: "y2" },
  }));

const sampleSizes = ({ summary }: Drawing): number[] =>
  [...new Set(summary.samples.map(({ sampleSize }) => sampleSize))].sort((a, b) => a - b);

function axes(drawing: Drawing): Layout {
  const { groups } = drawing;
  const sizes = sampleSizes(drawing);
  const share = { range: [-0.03, 1.05], tickformat: ".0%" };
  // a few percent would be a line on the floor of a whole
  const top = Math.max(...drawing.summary.cells.map(highest), ...publishedCells(drawing).map(shareOf), 0.01);
  return {
    xaxis: {
      domain: PANELS[0],
      anchor: "y",
      tickvals: groups.map((_, i) => i),
      ticktext: groups.map(lineBreaks),
      range: [-0.6, groups.length - 0.4],
      showgrid: false,
    },
    yaxis: { ...share, range: [-0.03 * top, 1.05 * top], anchor: "x", title: { text: "share of mini-batches" } },
    xaxis2: {
      domain: PANELS[1],
      anchor: "y2",
      type: "log",
      tickvals: sizes,
      ticktext: sizes.map((n) => n.toLocaleString("en")),
      title: { text: "sample size (images)" },
    },
    yaxis2: { ...share, anchor: "x2", title: { text: "share of initialisations" } },
  };
}

const sum = (values: readonly number[]) => values.reduce((total, n) => total + n, 0);

function captionOf(drawing: Drawing, dataset: string): string {
  const { config, groups } = drawing;
  const { cells } = drawing.summary;
  const known = publishedCells(drawing).length;
  const total = (column: "failed" | "notANumber") => sum(cells.map((cell) => cell[column]));
  const [runs, batches] = [cells.map((cell) => cell.runs), cells.map((cell) => cell.batches)].map(range);
  const apart = cells.filter((cell) => cell.different !== cell.differentFirstLayer).length;
  const widths = config.networks.map((name) => `${name} ${config.widths[name]?.join(", ") ?? "its own"}`);
  const forced = cells.filter((cell) => (cell.forcedShare ?? 0) > 0);
  const found = new Set(forced.map(({ network, batchNorm }) => `${network}${batchNorm ? " + BN" : ""}`));
  return [
    `In each group from left to right: ${precisionWords(inOrder(config.precisions))}. Initialisations a cell: ${runs}, mini-batches: ${batches} of ${config.batchSize} images. Bars: Wilson 95 % intervals; on the left as if the mini-batches of one initialisation were independent. On the right lines are drawn beside each other. Failed runs: ${total("failed")}; mini-batches with a NaN, not counted: ${total("notANumber")}.`,
    `Criterion: an element differs in the gradient of the first layer's weights; "in any parameter" gives ${apart === 0 ? "the same counts in every cell" : `other counts in ${apart} of ${cells.length} cells`}. ${found.size > 0 ? `Hits that no precision avoids (every term of the sum is 0): ${[...found].join(", ")}, ${forced.length} of ${cells.length} cells.` : "No hit was a sum whose every term is 0."}`,
    `Widths: ${widths.join("; ")}. Train mode, ${config.initialisation === "own" ? "each network's own initialisation" : "convolutions re-initialised as published"}, chain rule ${config.chainRule}${config.networks.some((name) => name !== "mlp") ? `, ties in max-pooling ${config.tie} for both` : ""}.${groups.length > 1 ? " Trial t has the same batches everywhere." : ""}`,
    `Data: ${dataset}, preprocessing ${config.preprocessing}, shuffled. Engine: ${config.engine}, seed ${config.seed}.${known > 0 ? " Published (Bertoin et al. 2021, code repository): 1000 initialisations of full width, compared up to their first difference, on GPUs, with the released chain rule; mini-batches of 100 or 128 original images." : ""}`,
  ].join("\n");
}

function range(counts: readonly number[]): string {
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return low === high ? String(low) : `${low} to ${high}`;
}

function altOf({ summary: { cells }, groupOf }: Drawing, dataset: string): string {
  const percent = (x: number | null) => (x === null ? "unknown" : `${(100 * x).toFixed(1)} %`);
  const words = cells.map(
    (cell) =>
      `${groupOf(cell)} at ${precisionOf(cell.precision).label} ${percent(cell.frequencyFirstLayer)} (${percent(cell.lowFirstLayer)} to ${percent(cell.highFirstLayer)})`,
  );
  return `Two panels show the share of mini-batches on which the number at a kink changes the gradient, and the share of initialisations that have met one by sample size, in each precision, on ${dataset}. Mini-batches: ${words.join("; ")}.`;
}
