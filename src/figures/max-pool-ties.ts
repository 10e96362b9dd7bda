/** Test accuracy by the value at ties of max-pooling, with the exact maximum and with the rounded mixture: Boustany 2024. */
import {
  type MaxPoolTiesCell,
  type MaxPoolTiesConfig,
  type MaxPoolTiesRow,
  maxPoolTies,
  type Pooling,
} from "../experiments";
import { inOrder, precisionOf, type UniformId } from "../formats";
import { sumOf } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, legendRowsOf, withLayout } from "./layout";
import { colors, seriesStyle } from "./palette";
import { type PublishedMaxPoolTies, published } from "./published";
import type { Figure, Layout, TableRow, Trace } from "./types";
import {
  axesOf,
  captionOf,
  categoryAxis,
  chanceLine,
  chanceOf,
  counted,
  datasetOf,
  inPanel,
  listed,
  type Mark,
  networkName,
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
  sourceSentence,
  spans,
} from "./vocabulary";

/** How each way of pooling is called. */
const NAMES: Readonly<Record<Pooling, string>> = {
  exact: "exact maximum",
  "mixed-value": "rounded mixture, gradient of the maximum",
  mixed: "rounded mixture, its own gradient (as released)",
};
const QUESTION = "is it the gradient at ties of max-pooling, or the rounding of the value?";
const SIZE = { width: 1000, height: 640 };
/** Where marks of runs without an accuracy stand, below an axis of accuracies. */
const FLOOR = -0.08;
const RANGE = [-0.12, 1.04] as const;
const APART = 0.2;

/**
 * The figure of `maxPoolTies`: test accuracy by the value at ties, with the exact maximum and with the rounded mixture.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawMaxPoolTies, maxPoolTies, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 100, testImages: 50, precisions: [16], ties: [0, 100], poolings: ["exact", "mixed"] };
 * const run = await runExperiment(maxPoolTies, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawMaxPoolTies(run);
 * console.log(figure.title, figure.table.length); // LeNet-5: is it the gradient at ties of max-pooling, or the rounding of the value? 4
 * ```
 */
export function drawMaxPoolTies({ rows, config, manifest }: RunRecord<MaxPoolTiesConfig, MaxPoolTiesRow>): Figure {
  const { cells } = maxPoolTies.summarize(rows, config);
  const precisions = inOrder(config.precisions);
  const ties = [...config.ties].sort((a, b) => a - b);
  const theirs = publishedTies(config);
  const panels = panelGrid(spans(precisions.length, 0.07));
  const data = precisions.flatMap((precision, i) => [
    ...config.poolings.flatMap((pooling, k) => {
      const own = cells.filter((cell) => cell.precision === precision && cell.pooling === pooling);
      return ourTraces(own, pooling, { ties, at: offset(k, config.poolings.length + 1, APART), panel: panels[i]!, k });
    }),
    ...publishedTraces(
      theirs.filter((one) => one.precision === precision),
      { ties, at: offset(config.poolings.length, config.poolings.length + 1, APART), panel: panels[i]! },
    ),
  ]);
  const name = networkName(config);
  const title = `${name}: ${QUESTION}`;
  const dataset = config.label ?? datasetOf(manifest, config);
  const caption = captionText(cells, theirs, config, dataset);
  const layout = withLayout(
    baseLayout({
      title,
      subtitle: `${dataset}: test accuracy after ${counted(config.epochs, "epoch")}, by the value β at ties`,
      caption,
      ...SIZE,
      legendRows: legendRowsOf(data, SIZE.width),
      room: { above: 30, left: 84 },
    }),
    precisions.reduce<Layout>((all, precision, i) => withLayout(all, axes(panels[i]!, precision, ties, config)), {
      annotations: [],
      shapes: [],
    }),
  );
  return {
    name: "max-pool-ties",
    title,
    data,
    layout: notingEmpty(layout, data, rows),
    alt: altText(cells, config, `${name} on ${dataset}`),
    caption,
    table: tableOf(cells, theirs),
    ...SIZE,
  };
}

interface Place {
  readonly ties: readonly number[];
  /** To the right of β, in units of the axis. */
  readonly at: number;
  readonly panel: Panel;
}

/** Every finished run as a point, and the number of those that diverged below the axis. */
function ourTraces(
  cells: readonly MaxPoolTiesCell[],
  pooling: Pooling,
  { ties, at, panel, k }: Place & { readonly k: number },
): Trace[] {
  const { color, symbol } = seriesStyle(k);
  const x = ({ tie }: MaxPoolTiesCell) => ties.indexOf(tie) + at;
  const marks = cells.flatMap((cell) =>
    cell.accuracies.flatMap((y, trial): Mark[] =>
      y === null ? [] : [{ x: x(cell), y, words: `${NAMES[pooling]}, β = ${cell.tie}, run ${trial}: ${percent(y)}` }],
    ),
  );
  const broken = cells.filter(({ diverged, failed }) => diverged + failed > 0);
  const legend = panel.suffix === "";
  const crosses = broken.map((cell) => ({
    x: x(cell),
    text: String(cell.diverged + cell.failed),
    words: `${NAMES[pooling]}, β = ${cell.tie}: ${cell.diverged} of ${cell.runs} diverged, ${cell.failed} failed`,
  }));
  return [
    series(marks, { name: NAMES[pooling], group: pooling, color, symbol, size: 8, panel, legend }),
    crossTrace(crosses, { name: `diverged: ${NAMES[pooling]}`, group: pooling, color, panel }),
  ];
}

/** Means of the published tables, and the number of runs that failed below the axis. */
function publishedTraces(theirs: readonly PublishedMaxPoolTies[], { ties, at, panel }: Place): Trace[] {
  if (theirs.length === 0) return [];
  const x = ({ tie }: PublishedMaxPoolTies) => ties.indexOf(tie) + at;
  const marks = theirs.flatMap((one): Mark[] =>
    one.mean === undefined
      ? []
      : [
          {
            x: x(one),
            y: one.mean,
            words: `published, β = ${one.tie}: mean ${percent(one.mean)} of ${one.runs - one.failed}`,
          },
        ],
  );
  const crosses = theirs
    .filter(({ failed }) => failed > 0)
    .map((one) => ({ x: x(one), text: String(one.failed), words: `published: ${one.failed} of ${one.runs} failed` }));
  const [name, legend] = ["published (as released, full size)", panel.suffix === ""];
  return [
    publishedSeries(marks, { name, group: "published", symbol: PUBLISHED.counted("diamond"), panel, legend }),
    crossTrace(crosses, { name: "failed, published", group: "published", color: colors.black, panel }),
  ];
}

interface Cross {
  readonly x: number;
  readonly text: string;
  readonly words: string;
}

const crossTrace = (
  crosses: readonly Cross[],
  {
    name,
    group,
    color,
    panel,
  }: { readonly name: string; readonly group: string; readonly color: string; readonly panel: Panel },
): Trace => ({
  type: "scatter",
  mode: "markers+text",
  name,
  legendgroup: group,
  showlegend: false,
  x: crosses.map(({ x }) => x),
  y: crosses.map(() => FLOOR),
  text: crosses.map(({ text }) => text),
  textposition: "top center",
  textfont: { color, size: 11 },
  marker: { color, symbol: "x-thin-open", size: 9, line: { width: 2.5 } },
  hovertext: crosses.map(({ words }) => words),
  hoverinfo: "text",
  ...inPanel(panel),
});

function axes(panel: Panel, precision: UniformId, ties: readonly number[], config: MaxPoolTiesConfig): Layout {
  const x = categoryAxis(ties.map(String), "β at ties of max-pooling, not to scale");
  const title = panel.suffix === "" ? { title: { text: "test accuracy" } } : {};
  const y = { ...title, tickformat: ".0%", range: RANGE, tickvals: [0, 0.2, 0.4, 0.6, 0.8, 1] };
  const chance = chanceLine(panel, RANGE, chanceOf(config));
  const note = panelNote(panel, `<b>${precisionOf(precision).label}</b>`);
  const below = { ...panelNote(panel, "× diverged", "left"), y: 0.005, font: { size: 10.5 } };
  const line = { type: "line", layer: "below", line: { color: colors.black, width: 1 } };
  const suffix = panel.suffix;
  const strip = { ...line, x0: 0, x1: 1, xref: `x${suffix} domain`, y0: 0, y1: 0, yref: `y${suffix}` };
  return {
    ...axesOf(panel, x, y),
    shapes: [...((chance.shapes as Layout[] | undefined) ?? []), strip],
    annotations: [...((chance.annotations as Layout[] | undefined) ?? []), note, below],
  };
}

/** Of the same network at the same values of β; of the official data only. */
function publishedTies({ dataset, network, batchNorm, precisions, ties }: MaxPoolTiesConfig): PublishedMaxPoolTies[] {
  return published("max-pool-ties").filter(
    (one) =>
      one.dataset === dataset &&
      one.network === network &&
      one.batchNorm === batchNorm &&
      precisions.includes(one.precision) &&
      ties.includes(one.tie),
  );
}

/** "at 16 bits and β = 1000: exact 0, mixed 3": where any run ended without an accuracy above chance. */
function lostText(cells: readonly MaxPoolTiesCell[], { precisions, ties, poolings }: MaxPoolTiesConfig): string {
  const found = inOrder(precisions).flatMap((precision) =>
    ties.flatMap((tie) => {
      const own = poolings.map((pooling) => {
        return cells.find((cell) => cell.precision === precision && cell.tie === tie && cell.pooling === pooling)!;
      });
      if (own.every(({ diverged, atChance }) => diverged + atChance === 0)) return [];
      const counts = own.map(({ pooling, diverged, atChance }) => `${pooling} ${diverged + atChance}`);
      return [`at ${precisionOf(precision).label} and β = ${tie}: ${counts.join(", ")}`];
    }),
  );
  return found.length === 0 ? "none" : found.join("; ");
}

function captionText(
  cells: readonly MaxPoolTiesCell[],
  theirs: readonly PublishedMaxPoolTies[],
  config: MaxPoolTiesConfig,
  dataset: string,
): string {
  const { runs, learningRate, momentum, weightDecay, batchSize, images, widths, engine, seed } = config;
  const total = (column: "runs" | "finished" | "diverged" | "failed") => sumOf(cells, (cell) => cell[column]);
  const epochs = theirs[0]?.epochs;
  return captionOf(
    paragraph(
      `A point is a training; ${counted(runs, "run")} in each place, paired by seed. Of ${total("runs")} runs ${total("finished")} finished, ${total("diverged")} diverged (crosses, with their number) and ${total("failed")} failed.`,
      `Runs that diverged or ended at chance, of ${runs}: ${lostText(cells, config)}.`,
    ),
    paragraph(
      "The gradient at a tie is β·(equal shares) + (1 − β)·(all to the first). The mixture's value β·m + (1 − β)·m is the maximum m only in exact arithmetic.",
      theirs.length > 0 &&
        `Published (black): Boustany 2024, full width, ${epochs} epochs on all images, not paired: means of the runs that did not fail; crosses: how many failed.`,
    ),
    paragraph(
      `SGD, rate ${learningRate} with a cosine schedule, momentum ${momentum}, weight decay ${weightDecay}, mini-batches of ${batchSize}; ${images === null ? "all" : images.toLocaleString("en")} training images; ${widths === null ? "full width" : `widths ${widths.join(", ")}`}.`,
      sourceSentence({ data: dataset, engine, threads: 1, seed }),
    ),
  );
}

function altText(cells: readonly MaxPoolTiesCell[], config: MaxPoolTiesConfig, what: string): string {
  const panels = listed(inOrder(config.precisions).map((precision) => precisionOf(precision).label));
  return `Panels for ${panels} show the test accuracy of ${what} by the value at ties of max-pooling, for the exact maximum and for rounded mixtures. Runs that diverged or ended at chance, of ${config.runs}: ${lostText(cells, config)}.`;
}

function tableOf(cells: readonly MaxPoolTiesCell[], theirs: readonly PublishedMaxPoolTies[]): TableRow[] {
  const ours = cells.map(({ accuracies, ...cell }) => ({ ...cell, accuracies: accuracies.join(" "), source: "ours" }));
  return [...ours, ...theirs.map((one) => ({ ...one, source: "published" }))];
}
