/** Curves as plotly traces: a line through the means, the runs as small points, and what was published. */
import { FEWEST_FOR_AN_INTERVAL } from "../../util";
import type { Trace } from "../types";
import { inPanel, legendEntry, type Mark, offset, type Panel, PUBLISHED, publishedSeries, series } from "../vocabulary";
import { type Curve, type CurveColumn, type Curves, points } from "./curves";

/** Of markers in the legend that have several colours in the figure. */
const KEY = "#555555";

export interface CurvePanel extends Panel {
  readonly column: CurveColumn;
}

/** The runs of a curve stand beside those of the others, all within half an epoch; the lines do not, so that equal means coincide. */
const apart = (i: number, curves: number) => offset(i, curves, Math.min(0.05, 0.5 / curves));

/** Of one panel: first the runs, so that the lines lie on them. */
export function ourTraces(curves: readonly Curve[], panel: CurvePanel, legend: boolean): Trace[] {
  return [
    ...curves.flatMap((curve, i) => runTraces(curve, panel, apart(i, curves.length))),
    ...curves.map((curve) => meanTrace(curve, panel, legend)),
  ];
}

/** Every run of a curve of several runs, in every epoch. */
function runTraces({ label, style: { color, symbol }, rows }: Curve, panel: CurvePanel, shift: number): Trace[] {
  const known = rows.filter((row) => Number.isFinite(row[panel.column]));
  if (new Set(known.map(({ trial }) => trial)).size < 2) return [];
  const marks = known.map((row): Mark => {
    const number = row[panel.column];
    const words = `${label}, run ${row.trial}, epoch ${row.epoch}: ${number.toPrecision(4)}`;
    return { x: row.epoch + shift, y: number, words };
  });
  const look = { name: `${label}, runs`, group: label, color, symbol, size: 4, panel, legend: false };
  const { marker, ...trace } = series(marks, look);
  return [{ ...trace, marker: { ...(marker as object), opacity: 0.45 } }];
}

/** The means; with bars where there are enough runs for an interval. */
function meanTrace({ label, style: { color, symbol, dash }, rows }: Curve, panel: CurvePanel, legend: boolean): Trace {
  const own = points(rows, panel.column);
  const marks = own.map(({ epoch, mean, low, high, n }): Mark => {
    const interval = n < FEWEST_FOR_AN_INTERVAL ? {} : { low, high };
    return { x: epoch, y: mean, ...interval, words: `${label}, epoch ${epoch}: ${mean.toPrecision(4)}, n = ${n}` };
  });
  return series(marks, {
    name: label,
    color,
    // an empty marker: the mean of those runs that are left
    symbol: own.map(({ fewer }) => (fewer ? `${symbol}-open` : symbol)),
    size: 8,
    line: { dash },
    panel,
    legend,
  });
}

/** The legend where the colour says one thing and the marker another. */
export const keyTraces = ({ keys }: Curves): Trace[] => [
  ...(keys?.colors ?? []).map(({ label, style: { color, dash } }) =>
    legendEntry(label, { mode: "lines", line: { color, dash, width: 2.5 } }),
  ),
  ...(keys?.symbols ?? []).map(({ label, style: { symbol } }) =>
    legendEntry(label, { mode: "markers", marker: { color: KEY, symbol, size: 9 } }),
  ),
];

/** The published means, thin and black, in the marker and the dash of the curve that they belong to. */
export function publishedTraces(curves: readonly Curve[], panel: CurvePanel, legend: boolean): Trace[] {
  const some = curves.filter(({ theirs }) => theirs.length > 0);
  return some.map(({ publishedLabel, style, theirs }) => {
    const own = theirs
      .map((one) => ({ epoch: one.epoch, n: one.runs, mean: one[panel.column] }))
      .filter(({ mean }) => Number.isFinite(mean));
    const marks = own.map(({ epoch, mean, n }): Mark => {
      return { x: epoch, y: mean, words: `published, ${publishedLabel}, epoch ${epoch}: ${mean}, n = ${n}` };
    });
    return publishedSeries(marks, {
      name: `published: ${publishedLabel}`,
      symbol: PUBLISHED.counted(style.symbol),
      size: 7,
      line: { dash: style.dash, width: 1 },
      panel,
      legend,
    });
  });
}

/** Runs that diverged: how many of each curve in each epoch, beside each other. */
export const divergences = (curves: readonly Curve[]) =>
  curves.flatMap((curve, i) => {
    const ends = curve.rows.filter((row) => row.outcome === "diverged").map((row) => row.epoch);
    const shift = 3 * apart(i, curves.length);
    return [...new Set(ends)].map((epoch) => {
      const count = ends.filter((end) => end === epoch).length;
      return { x: epoch + shift, count, curve, words: `${curve.label}: ${count} diverged in epoch ${epoch}` };
    });
  });

/** Runs that diverged, on the floor of the accuracy panel, with their count, at the epoch in which they did. */
export function divergedTraces(curves: readonly Curve[], panel: CurvePanel): Trace[] {
  const found = divergences(curves);
  if (found.length === 0) return [];
  const accuracies = curves.flatMap(({ rows }) => points(rows, "testAccuracy").map(({ low, mean }) => low ?? mean));
  const floor = accuracies.length > 0 ? Math.min(...accuracies) : 0;
  return [
    {
      type: "scatter",
      mode: "markers+text",
      name: "diverged, and how many",
      x: found.map(({ x }) => x),
      y: found.map(() => floor),
      text: found.map(({ count }) => String(count)),
      textposition: "top center",
      marker: {
        color: found.map(({ curve }) => curve.style.color),
        symbol: "x-thin-open",
        size: 12,
        line: { width: 3 },
      },
      hovertext: found.map(({ words }) => words),
      hoverinfo: "text",
      ...inPanel(panel),
    },
  ];
}
