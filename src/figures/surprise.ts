/** Figure 1 of Bertoin et al. 2021: weight difference and smallest pre-activation by iteration, here of all hidden layers. */

import { type SurpriseConfig, type SurpriseRow, type SurpriseSummary, surprise } from "../experiments";
import { inOrder, precisionOf } from "../formats";
import type { Answered } from "../runs";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { colors, precisionStyle } from "./palette";
import { altOf, wordsOf } from "./surprise-words";
import type { Figure, Layout, Trace } from "./types";
import {
  axesOf,
  datasetOf,
  inPanel,
  notingEmpty,
  type Panel,
  panelGrid,
  spans,
  type ZeroStrip,
  zeroStrip,
} from "./vocabulary";

const TITLE = "Does ReLU'(0) change the weights?";
const WIDTH = 980;
const PANEL = 240;
/** Between panels, as a share of one. */
const SPACE = 0.22;

/** One curve of the upper panel in each precision. */
const PAIRS = [
  { column: "difference", name: "ReLU'(0) = 1 against 0", dash: "solid", width: 2 },
  { column: "control", name: "control, 0 against 0", dash: "dot", width: 2 },
] as const;

/** A row of a run that did not break off. */
type Step = Answered<SurpriseRow>;

/**
 * The figure of `surprise`: the distance of the weights, and the smallest pre-activation, by iteration.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawSurprise, runExperiment, surprise } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 1280, widths: [32], runs: 1 };
 * const run = await runExperiment(surprise, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawSurprise(run);
 * console.log(figure.title, figure.table.length); // Does ReLU'(0) change the weights? 20
 * ```
 */
export function drawSurprise({ rows, config, manifest }: RunRecord<SurpriseConfig, SurpriseRow>): Figure {
  const summary = surprise.summarize(rows, config);
  const steps = rows.filter((row) => row.outcome !== "failed");
  const layers = config.widths.map((_, i) => i);
  const [first, ...others] = panelsOf(layers.length + 1) as [Panel, ...Panel[]];
  const differences = stripOf(
    first,
    steps.flatMap((row) => PAIRS.map(({ column }) => row[column])),
  );
  const nearness = layers.map((i) =>
    stripOf(
      others[i]!,
      steps.map((row) => row.smallest[i]!),
    ),
  );
  const numbers = [
    ...differenceTraces(steps, config, differences),
    ...nearness.flatMap(({ zero }, i) => nearnessTraces(steps, config, i, zero)),
  ];
  const data = [...numbers, ...divergedTraces(summary, differences.zero)];
  const caption = wordsOf(summary, config, datasetOf(manifest, config));
  const height = 270 + (layers.length + 1) * PANEL;
  const titles = [
    "L1 distance of<br>weights and biases",
    ...layers.map((i) => `smallest |z| of<br>hidden layer ${i + 1}`),
  ];
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle: subtitleOf(config),
      caption,
      width: WIDTH,
      height,
      legendRows: 3,
      room: { left: 104 },
    }),
    axes([first, ...others], [differences, ...nearness], titles, steps),
  );
  const table = rows.map(({ dataset: _, reason: __, ...row }) => row);
  return {
    name: "surprise",
    title: TITLE,
    data,
    layout: notingEmpty(layout, numbers, rows),
    alt: altOf(summary, config),
    caption,
    table,
    width: WIDTH,
    height,
  };
}

const subtitleOf = ({ widths, learningRate, batchSize }: SurpriseConfig) =>
  `One pass of plain SGD (rate ${learningRate}, batch ${batchSize}) through ${widths.join("-")} hidden neurons: same start, same mini-batches`;

/** The strip of a panel, below all of its numbers above 0. */
function stripOf(panel: Panel, values: readonly number[]): ZeroStrip {
  const logs = values.filter((x) => x > 0 && Number.isFinite(x)).map(Math.log10);
  const low = logs.length === 0 ? -8 : Math.floor(logs.reduce((a, b) => Math.min(a, b)));
  const high = logs.length === 0 ? 0 : Math.ceil(logs.reduce((a, b) => Math.max(a, b)) + 0.01);
  return zeroStrip(panel, [low - 0.1, high + 0.2]);
}

/** One curve for each run; in the strip of exact zeros they lie one below the other. */
function differenceTraces(steps: readonly Step[], { precisions, runs }: SurpriseConfig, strip: ZeroStrip): Trace[] {
  const kinds = PAIRS.flatMap((pair) => inOrder(precisions).map((precision) => ({ ...pair, precision })));
  return kinds.flatMap(({ column, name, dash, width, precision }, k) => {
    const some = steps.filter((row) => row.precision === precision);
    return Array.from({ length: runs }, (_, trial): Trace => {
      const own = some.filter((row) => row.trial === trial);
      const { label, color } = precisionStyle(precision);
      return {
        type: "scatter",
        mode: "lines",
        name: `${label}: ${name}`,
        legendgroup: `${precision} ${column}`,
        showlegend: trial === (some[0]?.trial ?? 0),
        x: own.map((row) => row.iteration),
        y: own.map((row) => drawn(row[column], strip.lane(k, kinds.length))),
        line: { color, dash, width, shape: "hv" },
        hovertext: own.map((row) => `run ${trial + 1}, iteration ${row.iteration}: ${row[column]}`),
        hoverinfo: "text",
      };
    });
  });
}

// what is not finite has no place on the axis; where the run ended is marked
const drawn = (x: number, zero: number) => (x === 0 ? zero : Number.isFinite(x) ? x : null);

/** All runs of a precision as points, exact zeros as crosses. */
function nearnessTraces(steps: readonly Step[], { precisions }: SurpriseConfig, layer: number, zero: number): Trace[] {
  const smallest = (row: Step) => row.smallest[layer]!;
  // the wider precision below and larger, since most points of two precisions coincide
  const wide = inOrder(precisions).reverse();
  const place = inPanel({ suffix: String(layer + 2) });
  return wide.flatMap((precision, k) => {
    const { label, color, symbol } = precisionStyle(precision);
    const size = 3 + 4 * (wide.length - 1 - k);
    const own = steps.filter((row) => row.precision === precision);
    return [false, true].map((exact): Trace => {
      const some = own.filter((row) => (smallest(row) === 0) === exact);
      return {
        type: "scatter",
        mode: "markers",
        name: exact ? `${label}: exact zeros` : `${label}: smallest |z|, z the pre-activation`,
        legendgroup: `${precision} ${exact}`,
        showlegend: layer === 0,
        x: some.map((row) => row.iteration),
        y: some.map((row) => drawn(smallest(row), zero)),
        marker: exact
          ? { color, symbol: "x-thin-open", size: 11, line: { width: 2.5, color } }
          : { color, symbol: k + 1 < wide.length ? `${symbol}-open` : symbol, size },
        hovertext: some.map((row) => `run ${row.trial + 1}, iteration ${row.iteration}: ${smallest(row)}`),
        hoverinfo: "text",
        ...place,
      };
    });
  });
}

/** Where runs ended whose numbers were no longer finite. */
function divergedTraces(summary: SurpriseSummary, zero: number): Trace[] {
  const ended = summary.filter(({ outcome }) => outcome === "diverged");
  if (ended.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      name: "diverged",
      x: ended.map(({ iterations }) => iterations - 1),
      y: ended.map(() => zero),
      marker: { color: colors.black, symbol: "x-thin-open", size: 13, line: { width: 3 } },
      hovertext: ended.map(({ precision, trial }) => `${precisionOf(precision).label}, run ${trial + 1} diverged`),
      hoverinfo: "text",
    },
  ];
}

/** One below the other; a gap is a share of a panel. */
const panelsOf = (count: number): Panel[] =>
  panelGrid([[0, 1]], spans(count, SPACE / (count + (count - 1) * SPACE)).reverse());

/** The panels, over one range of iterations. */
function axes(
  panels: readonly Panel[],
  strips: readonly ZeroStrip[],
  titles: readonly string[],
  steps: readonly Step[],
): Layout {
  const last = steps.reduce((most, row) => Math.max(most, row.iteration), 1);
  const axesOfPanel = panels.map((panel, i) => {
    const title = i === panels.length - 1 ? "iteration (mini-batch)" : "";
    const x = { range: [-0.01 * last, 1.01 * last], title: { text: title } };
    return axesOf(panel, x, { ...strips[i]!.axis, title: { text: titles[i]! } });
  });
  return Object.assign({ shapes: strips.flatMap(({ shapes }) => shapes) }, ...axesOfPanel);
}
