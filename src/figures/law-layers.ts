/** Exact zeros layer by layer, predicted and counted; sums of residual branches are told apart. */
import { type LawCell, type LawLayer, networkLabel } from "../experiments";
import { axisWithZero, type LawRun, lawCaption, lawSummary, short, stripLine, type ZeroAxis } from "./law-parts";
import { baseLayout, legendRowsOf, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import type { Figure, Layout, Trace } from "./types";
import {
  axesOf,
  inPanel,
  legendEntry,
  type Mark,
  notingEmpty,
  panelGrid,
  panelNote,
  series,
  spans,
} from "./vocabulary";

const TITLE = "In which layers are pre-activations exactly zero?";
const SIZE = { width: 980, height: 900 };

/**
 * The figure of `law` layer by layer: exact zeros, predicted and counted; sums of residual branches apart.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawLawLayers, law, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const networks = [{ network: "mlp", widths: [64, 64] }];
 * const set = { dataset: "glyphs", networks, precisions: ["e5m2"], images: 512, runs: 2, predictedRuns: 2 };
 * const run = await runExperiment(law, { set, runs, workers: 0 });
 * const figure = drawLawLayers(run);
 * console.log(figure.title); // In which layers are pre-activations exactly zero?
 * ```
 */
export function drawLawLayers(run: LawRun): Figure {
  const cells = lawSummary(run).cells.filter(({ observed, predicted }) => observed !== null && predicted !== null);
  const found = [...new Set(cells.map(networkLabel))];
  const names = found.length === 0 ? [""] : found;
  const grid = panelGrid(
    spans(Math.min(2, Math.max(1, names.length)), 0.09),
    spans(Math.max(1, Math.ceil(names.length / 2)), 0.16).reverse(),
  );
  const groups = names.map((name) => cells.filter((cell) => networkLabel(cell) === name));
  // a prediction far below one count in all initialisations says: none
  const least = Math.min(...cells.map(({ done }) => 0.1 / done), 1);
  const numbers = cells.flatMap(({ layers }) =>
    layers.flatMap(({ observed, observedHigh, predicted }) => [observed!, observedHigh!, predicted!]),
  );
  const y = axisWithZero(
    numbers.filter((x) => x >= least),
    "zeros in a pass",
  );
  const data = [
    legendEntry("line: predicted", { mode: "lines", line: { color: "#444444", width: 1.5 } }),
    legendEntry("large markers: sums of residual branches", {
      mode: "markers",
      marker: { color: "#444444", size: 14, symbol: "circle" },
    }),
    ...groups.flatMap((own, i) => own.flatMap((cell) => tracesOf(cell, grid[i]!, { y, least, legend: i === 0 }))),
  ];
  const caption = lawCaption(
    cells,
    run,
    "Bars: 95 % intervals of the mean over initialisations. Lines break where less than a tenth of a zero is predicted for all initialisations together.",
  );
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle:
        "Exact zeros of one pass by ReLU call, in the order of the forward pass; logarithmic, with a strip for 0",
      caption,
      ...SIZE,
      legendRows: legendRowsOf(data, SIZE.width),
      room: { above: 34, below: 64, left: 80 },
    }),
    groups.reduce<Layout>(
      (all, _, i) =>
        withLayout(all, {
          ...axesOf(grid[i]!, { dtick: 2, tick0: 1, title: { text: "ReLU call" } }, y.layout),
          annotations: [panelNote(grid[i]!, `<b>${names[i]}</b>`)],
          shapes: [stripLine(grid[i]!.suffix, y)],
        }),
      { annotations: [], shapes: [] },
    ),
  );
  const table = cells.flatMap(({ layers, label, precision }) =>
    layers.map((layer) => ({ label, precision, ...layer })),
  );
  return {
    name: "law-layers",
    title: TITLE,
    data,
    layout: notingEmpty(layout, data, run.rows),
    alt: `Zeros of a pass by layer, predicted and counted, a panel for each network. ${cells.map(({ label, observed, predicted }) => `${label}: ${short(observed)} counted, ${short(predicted)} predicted in all layers`).join("; ")}.`,
    caption,
    table,
    ...SIZE,
  };
}

/** Points of a line, from 1 on; one without a neighbour becomes a dash. */
function lineOf(heights: readonly (number | null)[]): (readonly [number, number | null])[] {
  return heights.flatMap((height, i) => {
    const isAlone = height !== null && (heights[i - 1] ?? null) === null && (heights[i + 1] ?? null) === null;
    return isAlone ? [[i + 0.55, height] as const, [i + 1.45, height] as const] : [[i + 1, height] as const];
  });
}

interface Look {
  readonly y: ZeroAxis;
  readonly least: number;
  readonly legend: boolean;
}

function tracesOf(
  { precision, layers, label: cell }: LawCell,
  panel: { readonly suffix: string },
  { y, least, legend }: Look,
): Trace[] {
  const { label, color, symbol } = precisionStyle(precision);
  const marks = layers.map(
    (layer): Mark => ({
      x: layer.layer,
      y: y.at(layer.observed!),
      low: y.at(layer.observedLow!),
      high: layer.observed! > 0 ? layer.observedHigh! : null,
      words: `${cell}, call ${layer.layer} (${layer.madeBy}): ${short(layer.observed)} counted, ${short(layer.predicted)} predicted`,
    }),
  );
  const size = ({ madeBy }: LawLayer) => (madeBy === "add" ? 12 : 7);
  const counted = series(marks, { name: label, color, symbol, intervals: true, panel, legend });
  const line = lineOf(layers.map(({ predicted }) => (predicted! >= least ? predicted! : null)));
  return [
    {
      type: "scatter",
      mode: "lines",
      name: label,
      legendgroup: label,
      showlegend: false,
      x: line.map(([x]) => x),
      y: line.map(([, height]) => height),
      line: { color, width: 1.5 },
      hoverinfo: "skip",
      ...inPanel(panel),
    },
    { ...counted, marker: { ...(counted.marker as object), size: layers.map(size) } },
  ];
}
