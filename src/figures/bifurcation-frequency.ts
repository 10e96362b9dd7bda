/** Four panels as in the paper's section 3: frequency by sample size, neurons, layers and batch size, in each precision. */

import { type BifurcationConfig, type BifurcationRow, bifurcationFrequency, type CellSummary } from "../experiments";
import { inOrder, precisionOf, type UniformId } from "../formats";
import { sumOf } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import { type PublishedFrequency, published } from "./published";
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
  offset,
  type Panel,
  PUBLISHED,
  panelGrid,
  panelNote,
  paragraph,
  percent,
  publishedSeries,
  series,
  shareAxis,
  sourceSentence,
  spans,
  spread,
  whole,
} from "./vocabulary";

/** What a panel varies. */
interface Aspect {
  readonly name: PublishedFrequency["panel"];
  readonly axis: string;
  readonly x: (cell: CellSummary) => number;
  /** Everything but x is as in the paper's network. */
  readonly others: readonly (keyof CellSummary)[];
}

const ASPECTS: readonly Aspect[] = [
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

/** What the paper keeps fixed in each panel; its counts are drawn beside ours only where we keep the same fixed. */
const PAPER: Partial<CellSummary> = { width: 256, depth: 3, batchSize: 256, sampleSize: 60_000 };

const TITLE = "How often does ReLU'(0) change the gradient?";
const SIZE = { width: 980, height: 860 };
const GAP = 0.27;
const BESIDE = 0.1;
const GRID = panelGrid(spans(2, 0.08), spans(2, 0.2).reverse());

/** A panel with what is drawn in it. */
interface Drawn extends Panel, Aspect {
  readonly cells: readonly CellSummary[];
  readonly published: readonly PublishedFrequency[];
}

/**
 * The figure of `bifurcationFrequency`: the share of initialisations with a difference, by sample size, neurons, layers and batch
 * size.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, drawBifurcationFrequency, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: ["e5m2", 64], widths: [32, 64], sampleSizes: [512, 1024], runs: 2 };
 * const run = await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawBifurcationFrequency(run); // for show, writeFigure, saveFigure
 * console.log(figure.title); // How often does ReLU'(0) change the gradient?
 * ```
 */
export function drawBifurcationFrequency({
  rows,
  config,
  manifest,
}: RunRecord<BifurcationConfig, BifurcationRow>): Figure {
  const summary = bifurcationFrequency.summarize(rows, config);
  const centre = paperCell(config);
  const panels = ASPECTS.map(
    (aspect, i): Drawn => ({
      ...GRID[i]!,
      ...aspect,
      cells: summary.filter((cell) => aspect.others.every((key) => cell[key] === centre[key])),
      published: aspect.others.every((key) => centre[key] === PAPER[key])
        ? published("bifurcation-frequency").filter((point) => point.panel === aspect.name)
        : [],
    }),
  );
  const dataset = datasetOf(manifest, config);
  const publishedTraces = panels.flatMap((panel) => theirs(panel, panels));
  const caption = wordsOf(summary, config, centre, { dataset, published: publishedTraces.length > 0 });
  const [a, b] = config.pair;
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle: `Share of initialisations for which ReLU'(0) = ${a} and ReLU'(0) = ${b} give different gradients somewhere in one pass over the data`,
      caption,
      ...SIZE,
      legendRows: 2,
      room: { above: 36, below: 64, left: 76 },
    }),
    panels.reduce<Layout>((all, panel) => withLayout(all, axes(panel)), { annotations: [] }),
  );
  return {
    name: "bifurcation-frequency",
    title: TITLE,
    data: [...panels.flatMap(ours), ...publishedTraces],
    layout: notingEmpty(layout, panels.flatMap(ours), rows),
    alt: altOf(summary, centre, dataset),
    caption,
    table: summary,
    ...SIZE,
  };
}

/** The cell that all panels share, with the largest sample. */
function paperCell({ widths, depths, batchSizes, sampleSizes }: BifurcationConfig): Partial<CellSummary> {
  const still = (list: readonly number[], value: number) => (list.includes(value) ? value : list[0]!);
  const sampleSize = Math.max(...sampleSizes);
  return { width: still(widths, 256), depth: still(depths, 3), batchSize: still(batchSizes, 256), sampleSize };
}

const ticks = (panel: Drawn) => [...new Set(panel.cells.map(panel.x))].sort((a, b) => a - b);
const precisions = (panel: Drawn) => inOrder([...new Set(panel.cells.map((cell) => cell.precision))]);

/** Where a precision stands at a tick. */
const at = (panel: Drawn, x: number, precision: UniformId) =>
  ticks(panel).indexOf(x) + offset(precisions(panel).indexOf(precision), precisions(panel).length, GAP);

/** Our frequencies with their intervals, one trace for each precision. */
function ours(panel: Drawn): Trace[] {
  return precisions(panel).map((precision) => {
    const { label, color, symbol } = precisionStyle(precision);
    const marks = panel.cells.flatMap((cell): Mark[] => {
      if (cell.precision !== precision || cell.frequencyFirstLayer === null) return [];
      return [
        {
          x: at(panel, panel.x(cell), precision),
          y: cell.frequencyFirstLayer,
          low: cell.lowFirstLayer,
          high: cell.highFirstLayer,
          words: `${label}, ${panel.x(cell)}: ${cell.differentFirstLayer} of ${cell.runs}`,
        },
      ];
    });
    return series(marks, { name: label, color, symbol, panel, legend: panel.suffix === "", intervals: true });
  });
}

/** The published numbers that have a place in a panel. */
const pointsOf = (panel: Drawn, kind: PublishedFrequency["how"]) =>
  panel.published.filter(
    ({ how, x, precision, fraction }) =>
      how === kind && fraction !== undefined && ticks(panel).includes(x) && precisions(panel).includes(precision),
  );

/** How published numbers look, and which they are. */
interface PublishedKind {
  readonly name: string;
  readonly symbol: string;
  readonly points: (panel: Drawn) => readonly PublishedFrequency[];
}

/** Those that were counted, in the marker of their precision, and those that were read off a figure. */
function publishedKinds(panels: readonly Drawn[]): PublishedKind[] {
  const all = inOrder([...new Set(panels.flatMap(precisions))]);
  const counts = all.map((precision): PublishedKind => {
    const { label, symbol } = precisionStyle(precision);
    const points = (panel: Drawn) => pointsOf(panel, "counted").filter((point) => point.precision === precision);
    return { name: `published: ${label}`, symbol: PUBLISHED.counted(symbol), points };
  });
  const readOff = (panel: Drawn) => pointsOf(panel, "read from figure");
  return [...counts, { name: "published, read off a figure", symbol: PUBLISHED.readOff, points: readOff }];
}

/** The published numbers, beside ours, where they were measured. */
function theirs(panel: Drawn, panels: readonly Drawn[]): Trace[] {
  return publishedKinds(panels).flatMap(({ name, symbol, points }) => {
    const marks = points(panel).map(({ x, precision, fraction = 0, different, runs }) => ({
      x: at(panel, x, precision) + BESIDE,
      y: fraction,
      words: `published, ${precisionOf(precision).label}, ${x}: ${different ?? `a share of ${fraction}`} of ${runs}`,
    }));
    const legend = panel === panels.find((one) => points(one).length > 0);
    return marks.length > 0 ? [publishedSeries(marks, { name, symbol, panel, legend })] : [];
  });
}

function axes(panel: Drawn): Layout {
  const short = (n: number) => (n >= 1000 && panel.name === "sample size" ? `${n / 1000}k` : String(n));
  const left = panel.across[0] === 0;
  const stated = panel.published.some(({ how }) => how === "not run") && precisions(panel).includes(64);
  const notes = [
    ...(panel.name === "batch size" && ticks(panel).length > 1 ? [sameNetworks(panel)] : []),
    ...(stated ? ["64 bits: the paper states 0 without a run"] : []),
  ];
  return {
    ...axesOf(
      panel,
      categoryAxis(ticks(panel).map(short), panel.axis),
      shareAxis(left ? "share of initialisations" : ""),
    ),
    annotations: notes.length > 0 ? [panelNote(panel, notes.join("<br>"), "right")] : [],
  };
}

/** "the same 60 networks at every batch size (64 bits: 8): one measurement each, not 5" */
function sameNetworks({ cells, ...panel }: Drawn): string {
  const runs = inOrder([...new Set(cells.map(({ precision }) => precision))]).map((precision) => {
    const own = cells.filter((cell) => cell.precision === precision);
    return { label: precisionOf(precision).label, n: Math.max(...own.map((cell) => cell.runs)) };
  });
  const most = Math.max(...runs.map(({ n }) => n));
  const fewer = runs.filter(({ n }) => n < most).map(({ label, n }) => `${label}: ${n}`);
  const others = fewer.length > 0 ? ` (${fewer.join(", ")})` : "";
  return `the same ${most} networks at every batch size${others}: one measurement, not ${ticks({ cells, ...panel }).length}`;
}

function wordsOf(
  summary: readonly CellSummary[],
  config: BifurcationConfig,
  { width, depth, batchSize }: Partial<CellSummary>,
  { dataset, published: isPublished }: { readonly dataset: string; readonly published: boolean },
): string {
  const runs = inOrder(config.precisions).map((precision) => {
    const own = summary.filter((cell) => cell.precision === precision);
    return `${precisionOf(precision).label}: ${spread(own.map((cell) => cell.runs))}`;
  });
  const largest = Math.max(...config.sampleSizes);
  const all = summary.filter((cell) => cell.sampleSize === largest);
  const apart = all.filter((cell) => cell.different !== cell.differentFirstLayer).length;
  return captionOf(
    paragraph(
      `Initialisations in each cell: ${runs.join("; ")}.`,
      "Bars: Wilson 95 % intervals.",
      `Failed: ${sumOf(all, (cell) => cell.failed)}; met a NaN: ${sumOf(all, (cell) => cell.notANumber)}.`,
      nothingFound({
        differences: sumOf(all, (cell) => cell.differentFirstLayer),
        counts: all.map((cell) => cell.runs),
        things: "initialisations",
        highs: all.map((cell) => cell.highFirstLayer),
      }),
    ),
    paragraph(
      `Held fixed unless a panel varies it: ${counted(depth!, "hidden layer")} of ${width} neurons, mini-batches of ${batchSize}, one pass over ${whole(largest)} images in order (full mini-batches only).`,
      "Networks of one size are the same at every batch size and sample size and, rounded, in every precision.",
      !config.firstActivation && "No ReLU follows the first layer.",
      "Criterion: a bit differs in the gradient of the first layer's weights.",
      apart === 0
        ? 'The criterion "in any parameter" gives the same counts in every cell.'
        : `The criterion "in any parameter" gives other counts in ${apart} of ${all.length} cells.`,
      `Chain rule: ${config.chainRule}.`,
    ),
    paragraph(
      sourceSentence({ data: dataset, engine: config.engine, seed: config.seed }),
      isPublished &&
        "Published (black, to the right of ours): Bertoin et al. 2021, MNIST, 1000 initialisations, on GPUs; the network of their sample-size curves has no ReLU after its first layer.",
    ),
  );
}

function altOf(summary: readonly CellSummary[], centre: Partial<CellSummary>, dataset: string): string {
  const same = (cell: CellSummary) =>
    Object.entries(centre).every(([key, value]) => cell[key as keyof CellSummary] === value);
  const words = summary.filter(same).map((cell) => {
    const interval = `${percent(cell.lowFirstLayer)} to ${percent(cell.highFirstLayer)}`;
    return `at ${precisionOf(cell.precision).label} ${percent(cell.frequencyFirstLayer)} (${interval}, ${counted(cell.runs, "initialisation")})`;
  });
  return `Four panels show the share of initialisations whose gradient depends on ReLU'(0), by sample size, neurons, layers and batch size, in each precision, on ${dataset}. For ${centre.depth} layers of ${centre.width} neurons and batch ${centre.batchSize} it is ${words.join(", ")}.`;
}
