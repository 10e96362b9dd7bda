/** Panels: where they are, what their axes say, and which traces are in them. */
import type { Layout } from "../types";

/** From where to where, as a share of the plot's width or height. */
export type Span = readonly [from: number, to: number];

/** A panel, with axes of its own. */
export interface Panel {
  /** What plotly adds to the names of its axes: "", "2", "3" … */
  readonly suffix: string;
  readonly across: Span;
  readonly up: Span;
}

/** Equal spans, from left to right or from bottom to top, with gaps between them. */
export function spans(count: number, gap: number): Span[] {
  const size = (1 - gap * (count - 1)) / count;
  return Array.from(
    { length: count },
    (_, i): Span => [i * (size + gap), i === count - 1 ? 1 : i * (size + gap) + size],
  );
}

/** Panels row by row, from the upper left on. @param rows from top to bottom; default: one row */
export function panelGrid(columns: readonly Span[], rows: readonly Span[] = [[0, 1]]): Panel[] {
  const places = rows.flatMap((up) => columns.map((across) => ({ across, up })));
  return places.map((place, i) => ({ suffix: i === 0 ? "" : String(i + 1), ...place }));
}

/** The axes of a panel. */
export const axesOf = ({ suffix, across, up }: Panel, x: Layout, y: Layout): Layout => ({
  [`xaxis${suffix}`]: { ...x, domain: across, anchor: `y${suffix}` },
  [`yaxis${suffix}`]: { ...y, domain: up, anchor: `x${suffix}` },
});

/** What puts a trace into a panel. */
export const inPanel = ({ suffix }: Pick<Panel, "suffix">): Layout => ({ xaxis: `x${suffix}`, yaxis: `y${suffix}` });

/** A line over a panel. @param align default: left */
export const panelNote = ({ suffix }: Panel, text: string, align: "left" | "center" | "right" = "left"): Layout => ({
  text,
  font: { size: 11.5 },
  ...{ x: { left: 0, center: 0.5, right: 1 }[align], xref: `x${suffix} domain`, xanchor: align },
  ...{ y: 1.02, yref: `y${suffix} domain`, yanchor: "bottom" },
});

/** Part of an axis title where the axis is cut off. */
export const CUT = "(axis does not begin at 0)";

/** An axis of shares, from 0 to `top`, with room for markers at its ends. */
export const shareAxis = (title: string, top = 1): Layout => ({
  range: [-0.03 * top, 1.05 * top],
  tickformat: ".0%",
  title: { text: title },
});

/** An axis of things that stand side by side, at 0, 1, 2 … */
export const categoryAxis = (labels: readonly string[], title = ""): Layout => ({
  tickvals: labels.map((_, i) => i),
  ticktext: labels,
  range: [-0.6, labels.length - 0.4],
  showgrid: false,
  ...(title !== "" && { title: { text: title } }),
});

/** Where the k-th of n series stands beside the others at one place, in steps of `gap`. */
export const offset = (k: number, n: number, gap: number): number => (k - (n - 1) / 2) * gap;
