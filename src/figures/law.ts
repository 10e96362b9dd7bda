/** Exact zeros of a pass, predicted and counted, cell by cell. */
import type { LawCell, LawSummary } from "../experiments";
import { inOrder, isParametric } from "../formats";
import { axisWithZero, type LawRun, lawCaption, lawSummary, short, signed, stripLine } from "./law-parts";
import { baseLayout, legendRowsOf, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import type { Figure, Trace } from "./types";
import { counted, legendEntry, type Mark, notingEmpty, series } from "./vocabulary";

const TITLE = "How many pre-activations are exactly zero, predicted and counted?";
const SIZE = { width: 860, height: 820 };
/** Fewer zeros than could be counted, such as those at 64 bits. */
const LEAST = { least: 1e-3, label: "< 0.001" };

/**
 * The figure of `law`: exact zeros of a pass, predicted and counted, a point for each network and precision; further runs beside the first.
 * @param beside further runs, whose cells are drawn, too
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawLaw, law, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const networks = [{ network: "mlp", widths: [64] }];
 * const set = { dataset: "glyphs", networks, precisions: ["e5m2"], images: 512, runs: 2, predictedRuns: 2 };
 * const run = await runExperiment(law, { set, runs, workers: 0 });
 * const figure = drawLaw(run);
 * console.log(figure.title); // How many pre-activations are exactly zero, predicted and counted?
 * ```
 */
export function drawLaw(run: LawRun, beside: readonly LawRun[] = []): Figure {
  const runs = [run, ...beside];
  const summary = lawSummary(...runs);
  const known = summary.cells.filter(
    ({ predicted, observed }) => predicted !== null && predicted > 0 && observed !== null,
  );
  const ends = known.flatMap(({ observed, observedLow, observedHigh }) => [observed!, observedHigh!, observedLow!]);
  const y = axisWithZero(
    ends.filter((end) => end > 0),
    "zeros in a pass, counted (mean over initialisations)",
  );
  const x = axisWithZero(
    known.map(({ predicted }) => predicted!),
    "zeros in a pass, predicted",
    LEAST,
  );
  const data: Trace[] = [
    legendEntry("counted = predicted", { mode: "lines", line: { color: "#444444", width: 1.5 } }),
    ...kindsOf(known).flatMap(({ look, cells }) =>
      [false, true].flatMap((batchNorm) => {
        const marks = cells.filter((cell) => cell.batchNorm === batchNorm).map((cell) => markOf(cell, x.at, y.at));
        const open = { name: `${look.label}, BN`, symbol: `${look.symbol}-open`, stroke: 2 };
        const { label: name, color, symbol } = look;
        return marks.length === 0
          ? []
          : [series(marks, { name, symbol, color, intervals: true, ...(batchNorm && open) })];
      }),
    ),
  ];
  const caption = lawCaption(
    summary.cells,
    runs,
    ...agreement(summary),
    "Bars: 95 % intervals of the mean. BN: batch-norm (open markers).",
  );
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle:
        "One point is a network in one arithmetic, freshly initialised; both axes are logarithmic, with a strip for 0 below",
      caption,
      ...SIZE,
      legendRows: legendRowsOf(data, SIZE.width),
      room: { left: 84, below: 64 },
    }),
    {
      xaxis: x.layout,
      yaxis: y.layout,
      shapes: [
        {
          type: "line",
          ...{ x0: Math.max(x.low, y.low), x1: x.high, y0: Math.max(x.low, y.low), y1: x.high },
          ...{ line: { color: "#444444", width: 1.5 }, layer: "below" },
        },
        stripLine("", y),
      ],
    },
  );
  return {
    name: "law",
    title: TITLE,
    data,
    layout: notingEmpty(
      layout,
      data,
      runs.flatMap(({ rows }) => rows),
    ),
    alt: altOf(summary),
    caption,
    table: summary.cells.map(({ layers: _, ...cell }) => cell),
    ...SIZE,
  };
}

/** Cells that look alike: those of a precision, and all formats by their numbers of bits together. */
function kindsOf(cells: readonly LawCell[]) {
  const isPlain = ({ precision }: LawCell) => isParametric(String(precision));
  const named = inOrder([...new Set(cells.filter((cell) => !isPlain(cell)).map(({ precision }) => precision))]);
  const plain = cells.filter(isPlain);
  return [
    ...named.map((id) => ({ look: precisionStyle(id), cells: cells.filter(({ precision }) => precision === id) })),
    ...(plain.length > 0 ? [{ look: { label: "p bits", color: "#767676", symbol: "circle" }, cells: plain }] : []),
  ];
}

function markOf(cell: LawCell, across: (x: number) => number, at: (y: number) => number): Mark {
  const { label, predicted, observed, observedLow, observedHigh } = cell;
  const words = `${label}: ${short(observed)} counted, ${short(predicted)} predicted`;
  return { x: across(predicted!), y: at(observed!), low: at(observedLow!), high: observedHigh!, words };
}

/** How well the law holds, and where it does worst. */
function agreement({ compared, medianLog2, inside, worst, cells }: LawSummary): (string | false)[] {
  const none = cells.filter(({ observed, predicted }) => observed === 0 && predicted !== null);
  return [
    medianLog2 !== null &&
      `In ${compared} cells with a zero the median of |log₂(counted / predicted)| is ${medianLog2.toFixed(2)}; in ${inside} of them the prediction lies inside the interval.`,
    worst.length > 0 &&
      `Furthest off (log₂): ${worst.map(({ label, log2 }) => `${label}: ${signed(log2)}`).join("; ")}.`,
    none.length > 0 &&
      `No zero in ${counted(none.length, "cell")}, in which at most ${short(Math.max(...none.map((cell) => cell.predicted!)))} a pass are predicted.`,
  ];
}

const altOf = (summary: LawSummary): string =>
  `Counted against predicted zeros of a pass on logarithmic axes, a point for each of ${summary.cells.length} cells, with the line on which both are equal. ${agreement(summary).filter(Boolean).join(" ")}`;
