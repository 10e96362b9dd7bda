/** The share of initialisations that meet an exact zero, by the number of significand bits, for both accumulators. */
import { type LawCell, networkLabel } from "../experiments";
import { accumulator, formatOf, isParametric, precisionOf } from "../formats";
import { type LawRun, lawCaption, lawSummary } from "./law-parts";
import { baseLayout, legendRowsOf, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import type { Figure, Trace } from "./types";
import {
  axesOf,
  counted,
  inPanel,
  type Mark,
  notingEmpty,
  panelGrid,
  panelNote,
  series,
  shareAxis,
  spans,
  whole,
} from "./vocabulary";

const TITLE = "Which arithmetic meets an exact zero?";
const SIZE = { width: 980, height: 600 };
const INK = "#444444";
const GRID = panelGrid(spans(2, 0.1));

/** Its significand bits, and whether every partial sum is rounded to them. */
const bitsOf = ({ precision }: LawCell) => formatOf(precisionOf(precision).format).precision;
const sumsItself = ({ precision }: LawCell) => {
  const { format } = precisionOf(precision);
  return isParametric(format) && accumulator(format).name === format;
};
/** On the curve; formats with another exponent stand by name. */
const isPlain = ({ precision }: LawCell) => /^e8p\d+(-sums)?$/.test(String(precision));

/**
 * The figure of `law` by significand bits, for both accumulators: the share of initialisations that meet an exact zero.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawLawPrecision, law, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const networks = [{ network: "mlp", widths: [64] }];
 * const set = { dataset: "glyphs", networks, precisions: ["e8p6", "e8p8"], images: 512, runs: 2, predictedRuns: 2 };
 * const run = await runExperiment(law, { set, runs, workers: 0 });
 * const figure = drawLawPrecision(run);
 * console.log(figure.title); // Which arithmetic meets an exact zero?
 * ```
 */
export function drawLawPrecision(run: LawRun): Figure {
  const all = lawSummary(run).cells.filter(({ share, predictedShare }) => share !== null && predictedShare !== null);
  const network = all[0] && networkLabel(all[0]);
  const cells = all.filter((cell) => networkLabel(cell) === network);
  const panels = [cells.filter((cell) => !sumsItself(cell)), cells.filter(sumsItself)];
  const inside = cells.filter(({ predictedShare, low, high }) => predictedShare! >= low! && predictedShare! <= high!);
  const data = panels.flatMap((own, i) => tracesOf(own, i));
  const caption = lawCaption(
    cells,
    run,
    network !== undefined && `Network: ${network}.`,
    all.length > cells.length && `${counted(all.length - cells.length, "cell")} of other networks are not drawn.`,
    `The prediction lies inside the 95 % interval (Wilson) in ${inside.length} of ${cells.length} formats.`,
    "Predicted share: the mean of 1 − exp(−λ) over the predicted initialisations.",
    "Grey circles: 8 bits of exponent and p bits of significand; the others by name (tf32: p = 11, as f16; f64 is at p = 53, drawn at 26).",
  );
  const x = (title: string) => ({ range: [2, 27.5], dtick: 2, tick0: 4, title: { text: title } });
  const images = (own: readonly LawCell[]) => (own[0] ? `, a pass of ${whole(own[0].images)} images` : "");
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle: "Share of initialisations with an exact zero among the pre-activations of one pass",
      caption,
      ...SIZE,
      legendRows: legendRowsOf(data, SIZE.width),
      room: { above: 34, below: 64 },
    }),
    {
      ...axesOf(GRID[0]!, x("significand bits p"), shareAxis("initialisations with a zero")),
      ...axesOf(GRID[1]!, x("significand bits p"), shareAxis("initialisations with a zero")),
      annotations: [
        panelNote(GRID[0]!, `<b>stored in p bits, summed in f32 (f64 for f64)${images(panels[0]!)}</b>`),
        panelNote(GRID[1]!, `<b>every partial sum in p bits${images(panels[1]!)}</b>`),
      ],
    },
  );
  return {
    name: "law-precision",
    title: TITLE,
    data,
    layout: notingEmpty(layout, data, run.rows),
    alt: `Share of initialisations with a zero by significand bits, summed in f32 on the left and in the format itself on the right, with the predicted curve; the prediction lies inside the interval in ${inside.length} of ${cells.length} formats.`,
    caption,
    table: cells.map(({ layers: _, ...cell }) => cell),
    ...SIZE,
  };
}

function tracesOf(cells: readonly LawCell[], i: number): Trace[] {
  const panel = GRID[i]!;
  const plain = cells.filter(isPlain).sort((a, b) => bitsOf(a) - bitsOf(b));
  const curve: Trace = {
    type: "scatter",
    mode: "lines",
    name: "predicted",
    legendgroup: "predicted",
    showlegend: i === 0,
    x: plain.map(bitsOf),
    y: plain.map(({ predictedShare }) => predictedShare),
    line: { color: INK, width: 1.5 },
    ...inPanel(panel),
  };
  const named = cells.filter((cell) => !isPlain(cell));
  return [
    curve,
    series(plain.map(markOf), {
      name: "e8, p bits",
      color: "#767676",
      symbol: "circle",
      size: 8,
      intervals: true,
      panel,
      legend: i === 0,
    }),
    ...named.map((cell) => {
      const { label, color, symbol } = precisionStyle(cell.precision);
      return series([markOf(cell)], { name: label, color, symbol, size: 11, intervals: true, panel });
    }),
    ...(named.length === 0
      ? []
      : [
          series(
            named.map((cell) => ({ ...markOf(cell), y: cell.predictedShare!, low: null, high: null })),
            {
              name: "predicted, by name",
              color: INK,
              symbol: "line-ew-open",
              size: 16,
              stroke: 2.5,
              intervals: false,
              panel,
            },
          ),
        ]),
  ];
}

function markOf(cell: LawCell): Mark {
  const { label, share, low, high, predictedShare, met, done } = cell;
  const words = `${label}: ${met} of ${done}, predicted ${predictedShare!.toFixed(3)}`;
  const shift = { bf16: -0.25, 16: -0.25, tf32: 0.25 }[String(cell.precision)] ?? 0;
  return { x: Math.min(bitsOf(cell), 26) + shift, y: share!, low: low!, high: high!, words };
}
