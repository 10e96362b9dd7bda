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
import { inOrder, type PrecisionId, precisionOf } from "../formats";
import { networkTitle } from "../nn";
import { groupBy, sumOf } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, legendRowsOf, withLayout } from "./layout";
import { colors, precisionStyle, seriesStyle } from "./palette";
import { type PublishedNetwork, published } from "./published";
import type { Figure, Layout, Trace } from "./types";
import {
  axesOf,
  captionOf,
  categoryAxis,
  datasetOf,
  legendEntry,
  listed,
  type Mark,
  nothingFound,
  notingEmpty,
  offset,
  PUBLISHED,
  panelGrid,
  paragraph,
  percent,
  publishedSeries,
  series,
  shareAxis,
  shortNetworkName,
  sourceSentence,
  spread,
  whole,
} from "./vocabulary";

type Cell = BatchSummary | SampleSummary;

/** What is drawn: the cells, and the names of the groups in which they stand side by side. */
interface Drawing {
  readonly config: NetworksConfig;
  readonly summary: NetworksSummary;
  readonly groups: readonly string[];
  readonly groupOf: (cell: Cell) => string;
}

const SIZE = { width: 980, height: 640 };
const [BATCHES, SAMPLES] = panelGrid([
  [0, 0.46],
  [0.56, 1],
]);
const GAP = 0.22;
/** How much of the room between two sample sizes is for the lines that lie beside each other, on the logarithmic axis. */
const SPREAD = 0.75;

/**
 * The figure of `bifurcationFrequencyNetworks`, of section 4.4: networks with and without batch normalisation.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequencyNetworks, drawBifurcationFrequencyNetworks, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "colour-glyphs", networks: ["resnet18"], precisions: [16], runs: 1, batches: 2 };
 * const run = await runExperiment(bifurcationFrequencyNetworks, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawBifurcationFrequencyNetworks(run);
 * console.log(figure.title); // How often does ReLU'(0) change the gradient of a convolutional network?
 * ```
 */
export const drawBifurcationFrequencyNetworks = (run: RunRecord<NetworksConfig, NetworksRow>): Figure =>
  draw(run, {
    name: "bifurcation-frequency-networks",
    title: "How often does ReLU'(0) change the gradient of a convolutional network?",
    subtitle:
      "Shares of mini-batches, and of initialisations, whose gradient differs in the weights of the first layer",
  });

/**
 * The figure of `reluFamily`: the same for ReLU, LeakyReLU and ReLU6 at their kinks.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawReluFamily, reluFamily, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: [16], images: 256, runs: 1, batches: 1 };
 * const run = await runExperiment(reluFamily, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawReluFamily(run);
 * console.log(figure.title); // How often do the kinks of ReLU, LeakyReLU and ReLU6 change the gradient?
 * ```
 */
export const drawReluFamily = (run: RunRecord<NetworksConfig, NetworksRow>): Figure =>
  draw(run, {
    name: "relu-family",
    title: "How often do the kinks of ReLU, LeakyReLU and ReLU6 change the gradient?",
    subtitle:
      "relu.zero 0 | 1: at ReLU's kink, 0, one gradient takes the value 0 and the other the value 1. Compared: the first layer's weights",
  });

type Words = Pick<Figure, "name" | "title"> & { readonly subtitle: string };

function draw(
  { rows, config, manifest }: RunRecord<NetworksConfig, NetworksRow>,
  { name, title, subtitle }: Words,
): Figure {
  const drawing = drawingOf(config, bifurcationFrequencyNetworks.summarize(rows, config));
  const { cells, samples } = drawing.summary;
  const description = datasetOf(manifest, config);
  const caption = wordsOf(drawing, config.label === null ? description : `${config.label} (${description})`);
  const numbers = [...batchTraces(drawing), ...sampleTraces(drawing)];
  const data = [...numbers, ...groupLegend(drawing)];
  const legendRows = legendRowsOf(data, SIZE.width);
  const lines = Math.max(...drawing.groups.map((group) => lineBreaks(group).split("<br>").length));
  const layout = withLayout(
    baseLayout({ title, subtitle, caption, ...SIZE, legendRows, room: { left: 76, below: 54 + 16 * lines } }),
    axes(drawing),
  );
  return {
    name,
    title,
    data,
    layout: notingEmpty(layout, numbers, rows),
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
  const groupOf = (cell: Cell) =>
    [...(several ? [shortNetworkName(cell)] : []), ...(config.comparisons.length > 1 ? [cell.kinks] : [])].join(", ");
  return { config, summary, groupOf, groups: [...new Set(summary.cells.map(groupOf))] };
}

/** "relu6.zero 0 | 1, relu6.six 0 | 1" in lines that fit under a tick. */
const lineBreaks = (group: string) => group.replace(/, /g, "<br>").replace(/([a-z]) /g, "$1<br>");

/** In the order of the precisions, which is that of the legend. */
const shift = ({ config }: Drawing, precision: PrecisionId, gap = 1) => {
  const order: readonly PrecisionId[] = inOrder(config.precisions);
  return offset(order.indexOf(precision), order.length, gap);
};

/** Left: one trace for each precision, with intervals, and the share of mini-batches that hit a kink as a short line. */
function batchTraces(drawing: Drawing): Trace[] {
  const { config, summary, groups, groupOf } = drawing;
  const at = (cell: Cell) => groups.indexOf(groupOf(cell)) + shift(drawing, cell.precision, GAP);
  const known = summary.cells.filter((cell) => cell.frequencyFirstLayer !== null);
  const ours = inOrder(config.precisions).map((precision) => {
    const { label, color, symbol } = precisionStyle(precision);
    const marks = known
      .filter((cell) => cell.precision === precision)
      .map(
        (cell): Mark => ({
          x: at(cell),
          y: cell.frequencyFirstLayer!,
          low: cell.lowFirstLayer,
          high: cell.highFirstLayer,
          words: `${groupOf(cell)}, ${label}: ${cell.differentFirstLayer} of ${cell.batches} mini-batches`,
        }),
      );
    return series(marks, { name: label, color, symbol, legend: false, intervals: true });
  });
  const hits = known.map(
    (cell): Mark => ({
      x: at(cell),
      y: cell.withHit / cell.batches,
      words: `${groupOf(cell)}, ${precisionOf(cell.precision).label}: ${cell.withHit} with an exact hit`,
    }),
  );
  const look = { color: colors.black, symbol: "line-ew-open", size: 13, stroke: 2 };
  return [...ours, series(hits, { name: "with an exact hit of a kink", ...look }), ...theirs(drawing)];
}

/** The published frequencies on a mini-batch of CIFAR-10, of networks of full width. */
function publishedCells({ config, groups }: Drawing): (PublishedNetwork & { readonly group: number })[] {
  if (config.dataset !== "cifar10") return [];
  return published("bifurcation-frequency-networks")
    .map((cell) => ({ ...cell, group: groups.indexOf(shortNetworkName(cell)) }))
    .filter(({ group, precision }) => group >= 0 && config.precisions.includes(precision));
}

const shareOf = ({ different, batches }: PublishedNetwork) => different / batches;

/** The top of what is drawn for a cell. */
const highest = ({ highFirstLayer, withHit, batches }: BatchSummary) =>
  Math.max(highFirstLayer ?? 0, batches > 0 ? withHit / batches : 0);

function theirs(drawing: Drawing): Trace[] {
  const cells = publishedCells(drawing);
  return inOrder([...new Set(cells.map(({ precision }) => precision))]).map((precision) => {
    const { label, symbol } = precisionStyle(precision);
    const marks = cells
      .filter((cell) => cell.precision === precision)
      .map((cell): Mark => {
        const { group, different, batches } = cell;
        return {
          x: group + shift(drawing, precision, GAP) - GAP / 2.5,
          y: shareOf(cell),
          words: `published, ${drawing.groups[group]}, ${label}: ${different} of ${batches} mini-batches`,
        };
      });
    return publishedSeries(marks, { name: `published: ${label}`, symbol: PUBLISHED.counted(symbol) });
  });
}

/** A line on the right: the groups of a precision whose shares are equal at every sample size. */
interface Curve {
  readonly precision: PrecisionId;
  readonly groups: readonly string[];
  readonly samples: readonly SampleSummary[];
}

function curvesOf({ config, summary, groups, groupOf }: Drawing): Curve[] {
  return inOrder(config.precisions).flatMap((precision) => {
    const own = groups.map((group) => ({
      group,
      samples: summary.samples.filter(
        (one) => one.precision === precision && groupOf(one) === group && one.frequencyFirstLayer !== null,
      ),
    }));
    const counts = ({ samples }: (typeof own)[number]) =>
      samples.map((one) => [one.sampleSize, one.differentFirstLayer, one.runsFirstLayer].join("/")).join();
    return [...groupBy(own, counts).values()].map((equal) => ({
      precision,
      groups: equal.map(({ group }) => group),
      samples: equal[0]!.samples,
    }));
  });
}

/** Right: curves side by side; equal ones of a precision are one line. */
function sampleTraces(drawing: Drawing): Trace[] {
  const sizes = sampleSizes(drawing);
  const room = Math.min(2, ...sizes.slice(1).map((size, i) => size / sizes[i]!));
  const curves = curvesOf(drawing);
  return curves.map(({ precision, groups, samples }, i) => {
    const { label, color, symbol } = precisionStyle(precision);
    const apart = room ** ((SPREAD * offset(i, curves.length, 1)) / curves.length);
    const marks = samples.map(
      (one): Mark => ({
        x: one.sampleSize * apart,
        y: one.frequencyFirstLayer!,
        low: one.lowFirstLayer,
        high: one.highFirstLayer,
        words: `${groups.join("; ")}, ${label}, ${one.sampleSize}: ${one.differentFirstLayer} of ${one.runsFirstLayer}`,
      }),
    );
    const line = { dash: dashOf(drawing, groups), width: 1.5 };
    const legend = curves.findIndex((curve) => curve.precision === precision) === i;
    return series(marks, { name: label, color, symbol, size: 8, line, panel: SAMPLES, legend });
  });
}

/** That of the group; of equal groups that of the first. */
const dashOf = (drawing: Drawing, [first]: readonly string[]) => seriesStyle(drawing.groups.indexOf(first!)).dash;

/** "relu6.zero 0 | 1 with relu6.six 0 | 1": a group in a list. */
const joined = (group: string) => group.replaceAll(", ", " with ");

/** Which groups share a line. */
function equalSentence(drawing: Drawing): string {
  const shared = curvesOf(drawing).filter(({ groups }) => groups.length > 1);
  const words = groupBy(shared, ({ groups }) =>
    groups.length === drawing.groups.length ? "all" : listed(groups.map(joined)),
  );
  const parts = [...words].map(
    ([groups, own]) => `${groups} at ${listed(own.map(({ precision }) => precisionOf(precision).label))}`,
  );
  return parts.length === 0 ? "" : `Equal curves are one line: ${parts.join("; ")}.`;
}

/** What the dashes mean. */
const groupLegend = ({ groups }: Drawing): Trace[] =>
  groups.length < 2
    ? []
    : groups.map((group, i) =>
        legendEntry(group, { mode: "lines", line: { color: colors.black, dash: seriesStyle(i).dash, width: 1.5 } }),
      );

const sampleSizes = ({ summary }: Drawing): number[] =>
  [...new Set(summary.samples.map(({ sampleSize }) => sampleSize))].sort((a, b) => a - b);

function axes(drawing: Drawing): Layout {
  const { groups } = drawing;
  const sizes = sampleSizes(drawing);
  // a few percent would be a line at the bottom of an axis that goes up to 1
  const top = Math.max(...drawing.summary.cells.map(highest), ...publishedCells(drawing).map(shareOf), 0.01);
  const bySize = {
    type: "log",
    tickvals: sizes,
    ticktext: sizes.map(whole),
    title: { text: "sample size (images)" },
  };
  return {
    ...axesOf(BATCHES!, categoryAxis(groups.map(lineBreaks)), shareAxis("share of mini-batches", top)),
    ...axesOf(SAMPLES!, bySize, shareAxis("share of initialisations")),
  };
}

function wordsOf({ config, groups, ...drawing }: Drawing, dataset: string): string {
  const { cells } = drawing.summary;
  const labels = inOrder(config.precisions).map((precision) => precisionOf(precision).label);
  const apart = cells.filter((cell) => cell.different !== cell.differentFirstLayer).length;
  const widths = config.networks.map((name) => `${networkTitle(name)} ${config.widths[name]?.join(", ") ?? "its own"}`);
  const compared = [...new Set(cells.map(({ kinks }) => kinks))];
  return captionOf(
    paragraph(
      `Compared on each mini-batch: the gradients for the two values at the kink, ${compared.length > 1 ? "as each group names them" : compared.join()}.`,
      `In each group, from left to right: ${labels.join(", ")}.`,
      `Initialisations in each cell: ${spread(cells.map((cell) => cell.runs))}; mini-batches: ${spread(cells.map((cell) => cell.batches))}, of ${config.batchSize} images.`,
      "Bars: Wilson 95 % intervals; on the left as if the mini-batches of one initialisation were independent.",
      "On the right, lines stand side by side so that their bars do not overlap.",
      equalSentence({ config, groups, ...drawing }),
      `Failed initialisations: ${sumOf(cells, (cell) => cell.failed)}; mini-batches with a NaN, not counted: ${sumOf(cells, (cell) => cell.notANumber)}.`,
      nothingFound({
        differences: sumOf(cells, (cell) => cell.differentFirstLayer),
        counts: cells.map((cell) => cell.batches),
        things: "mini-batches",
        highs: cells.map((cell) => cell.highFirstLayer),
      }),
    ),
    paragraph(
      "Criterion: an element differs in the gradient of the first layer's weights.",
      apart === 0
        ? 'The criterion "in any parameter" gives the same counts in every cell.'
        : `The criterion "in any parameter" gives other counts in ${apart} of ${cells.length} cells.`,
      ...hitSentences(cells),
    ),
    paragraph(
      `Widths: ${widths.join("; ")}.`,
      `Training mode; ${config.initialisation === "own" ? "each network's own initialisation" : "convolutions initialised anew, as published"}; chain rule ${config.chainRule}.`,
      config.networks.some((name) => name !== "mlp") && tieSentence(config),
      groups.length > 1 && "Initialisation t sees the same mini-batches in every cell.",
    ),
    paragraph(
      sourceSentence({
        data: `${dataset}, preprocessing ${config.preprocessing}, shuffled`,
        engine: config.engine,
        seed: config.seed,
      }),
      publishedCells({ config, groups, ...drawing }).length > 0 &&
        "Published (black, to the left of ours): Bertoin et al. 2021, code repository; 1000 initialisations of full width, compared up to their first difference, on GPUs, with the released chain rule; mini-batches of 100 or 128 original images.",
    ),
  );
}

/** What an exact hit is, and whether a finer precision might avoid those that were met. */
function hitSentences(cells: readonly BatchSummary[]): string[] {
  const hit = "Exact hit: a pre-activation exactly at the kink.";
  if (cells.every(({ withHit }) => withHit === 0)) return [hit, "There was none."];
  const forced = cells.filter((cell) => (cell.forcedShare ?? 0) > 0);
  if (forced.length === 0) return [hit, "None was a sum of zeros only, so a finer precision might avoid it."];
  const where = listed([...new Set(forced.map(shortNetworkName))]);
  const count = `${forced.length} of ${cells.length} cells`;
  return [hit, `Hits that no precision avoids, because all terms of the sum are 0: in ${where}, ${count}.`];
}

/** Which of several equal maxima of a window gets the gradient. */
function tieSentence({ tie }: NetworksConfig): string {
  const whose = tie === 0 ? "goes to the first of them" : "is shared by them";
  const exactly = tie === 0 || tie === 1 ? "" : ` (maxPool.tie = ${tie})`;
  return `Where the largest inputs of a max-pooling window are equal, the gradient ${whose}, for both values${exactly}.`;
}

function altOf({ summary: { cells }, groupOf }: Drawing, dataset: string): string {
  const words = cells.map(
    (cell) =>
      `${groupOf(cell)} at ${precisionOf(cell.precision).label} ${percent(cell.frequencyFirstLayer)} (${percent(cell.lowFirstLayer)} to ${percent(cell.highFirstLayer)})`,
  );
  return `Two panels show the share of mini-batches on which the value at a kink changes the gradient, and the share of initialisations that have met such a mini-batch, by sample size, in each precision, on ${dataset}. Mini-batches: ${words.join("; ")}.`;
}
