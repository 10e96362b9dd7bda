/** Exact zeros of a pass, predicted and counted, cell by cell. */
import type { LawCell, LawSummary } from "../experiments";
import { inOrder } from "../formats";
import { axisWithZero, type LawRun, lawCaption, lawSummary, short, stripLine } from "./law-parts";
import { baseLayout, legendRowsOf, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import type { Figure, Trace } from "./types";
import { legendEntry, listed, type Mark, notingEmpty, series } from "./vocabulary";

const TITLE = "How many pre-activations are exactly zero, predicted and counted?";
const SIZE = { width: 860, height: 820 };

export function drawLaw(run: LawRun): Figure {
  const summary = lawSummary(run);
  const known = summary.cells.filter(
    ({ predicted, observed }) => predicted !== null && predicted > 0 && observed !== null,
  );
  const ends = known.flatMap(({ observed, observedLow, observedHigh }) => [observed!, observedHigh!, observedLow!]);
  const y = axisWithZero(
    ends.filter((end) => end > 0),
    "zeros in a pass, counted (mean over initialisations)",
  );
  const predictions = known.map(({ predicted }) => predicted!);
  const xs = predictions.length === 0 ? [1, 1] : [Math.min(...predictions), Math.max(...predictions)];
  const precisions = inOrder([...new Set(known.map(({ precision }) => precision))]);
  const data: Trace[] = [
    legendEntry("counted = predicted", { mode: "lines", line: { color: "#444444", width: 1.5 } }),
    ...precisions.flatMap((precision) => {
      const { label, color, symbol } = precisionStyle(precision);
      const own = known.filter((cell) => cell.precision === precision);
      return [false, true].map((batchNorm) => {
        const marks = own.filter((cell) => cell.batchNorm === batchNorm).map((cell) => markOf(cell, y.at));
        const name = batchNorm ? `${label} + BN` : label;
        return series(marks, {
          ...{ name, color, intervals: true, size: 9, stroke: 2 },
          symbol: batchNorm ? `${symbol}-open` : symbol,
        });
      });
    }),
  ].filter(({ x }) => (x as unknown[]).length > 0);
  const caption = lawCaption(
    summary.cells,
    run,
    ...agreement(summary),
    "Bars: 95 % intervals of the mean. BN: batch-norm (open markers).",
  );
  const range = [Math.floor(Math.log10(xs[0]!)) - 0.1, Math.ceil(Math.log10(xs[1]!)) + 0.1];
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
      xaxis: { type: "log", range, dtick: 1, exponentformat: "power", title: { text: "zeros in a pass, predicted" } },
      yaxis: y.layout,
      shapes: [
        {
          type: "line",
          ...{ x0: 10 ** range[0]!, x1: 10 ** range[1]!, y0: 10 ** range[0]!, y1: 10 ** range[1]! },
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
    layout: notingEmpty(layout, data, run.rows),
    alt: altOf(summary),
    caption,
    table: summary.cells.map(({ layers: _, ...cell }) => cell),
    ...SIZE,
  };
}

function markOf(cell: LawCell, at: (y: number) => number): Mark {
  const { label, predicted, observed, observedLow, observedHigh } = cell;
  const words = `${label}: ${short(observed)} counted, ${short(predicted)} predicted`;
  return { x: predicted!, y: at(observed!), low: at(observedLow!), high: observedHigh!, words };
}

/** How well the law holds, and where it does worst. */
function agreement({ compared, medianLog2, worst, cells }: LawSummary): (string | false)[] {
  const none = cells.filter(({ observed, predicted }) => observed === 0 && predicted !== null);
  return [
    medianLog2 !== null &&
      `In ${compared} cells with a zero the median of |log₂(counted / predicted)| is ${medianLog2.toFixed(2)}.`,
    worst.length > 0 &&
      `Furthest off (log₂): ${listed(worst.map(({ label, log2 }) => `${label}, ${log2.toFixed(2)}`))}.`,
    none.length > 0 &&
      `No zero in ${none.length} cells, in which at most ${short(Math.max(...none.map((cell) => cell.predicted!)))} a pass are predicted.`,
  ];
}

const altOf = (summary: LawSummary): string =>
  `Counted against predicted zeros of a pass on logarithmic axes, a point for each of ${summary.cells.length} cells, with the line on which both are equal. ${agreement(summary).filter(Boolean).join(" ")}`;
