/** Points with intervals, and published numbers, as traces that look alike in every figure. */
import { colors } from "../palette";
import type { Trace } from "../types";
import { errorBars } from "./error-bars";
import { inPanel, type Panel } from "./panels";

/** A point of a series. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  /** The ends of its interval; absent or null where there is none. */
  readonly low?: number | null;
  readonly high?: number | null;
  /** What is said of it when the pointer is on it. */
  readonly words: string;
}

export interface SeriesOptions {
  /** In the legend. */
  readonly name: string;
  /** Series that the legend switches together, with the entry of the one with `legend`; default: those of one name. */
  readonly group?: string;
  readonly color: string;
  /** One for all, or one for each mark. */
  readonly symbol: string | readonly string[];
  /** Of the markers, in pixels; default 9. */
  readonly size?: number;
  /** Of the marker's own line, in pixels, for thin and empty markers. */
  readonly stroke?: number;
  /** What plotly draws between the marks; default: nothing. */
  readonly line?: Trace;
  /** Whether the intervals are drawn; default: where a mark has one. */
  readonly intervals?: boolean;
  readonly panel?: Pick<Panel, "suffix">;
  /** Default true. */
  readonly legend?: boolean;
}

const FIRST = { suffix: "" };

/** A series of marks with their intervals. */
export function series(marks: readonly Mark[], options: SeriesOptions): Trace {
  const { name, group = name, color, symbol, size = 9, stroke, line, panel = FIRST, legend = true } = options;
  const { intervals = marks.some(({ low }) => typeof low === "number") } = options;
  return {
    type: "scatter",
    mode: line ? "lines+markers" : "markers",
    name,
    legendgroup: group,
    showlegend: legend,
    x: marks.map(({ x }) => x),
    y: marks.map(({ y }) => y),
    ...(intervals && { error_y: errorBars(marks, { color }) }),
    ...(line && { line: { color, ...line } }),
    marker: { color, symbol, size, ...(stroke !== undefined && { line: { width: stroke } }) },
    hovertext: marks.map(({ words }) => words),
    hoverinfo: "text",
    ...inPanel(panel),
  };
}

/** Published numbers are black in every figure: open markers where they were counted, crosses where they were read off a figure. */
export const PUBLISHED = {
  color: colors.black,
  counted: (symbol: string) => `${symbol}-open`,
  readOff: "x-thin-open",
} as const;

/** A series of published numbers. @param options.symbol see `PUBLISHED` */
export const publishedSeries = (marks: readonly Mark[], options: Omit<SeriesOptions, "color">): Trace =>
  series(marks, { size: 9, stroke: 1.5, ...options, color: PUBLISHED.color });

/** An entry of the legend for what is drawn elsewhere, or in many colours. */
export const legendEntry = (name: string, look: Trace): Trace => ({
  type: "scatter",
  name,
  // entries without a group stand one below the other
  legendgroup: name,
  x: [null],
  y: [null],
  ...look,
});
