/**
 * The house layout: white ground, readable sizes, title and legend above the plot, and below it a caption (n, what the
 * intervals are, data, failures). All measures are in pixels, and room is made for everything, so that nothing overlaps.
 */
import { FONT_STACK, LINE_HEIGHT, plainText, textWidth, wrapText } from "./export";
import { colors, colorway, sequentialScale } from "./palette";
import { DEFAULT_SIZE, type Layout, type Trace } from "./types";

export interface LayoutOptions {
  /** Plain text; wrapped to the width. */
  readonly title: string;
  /** Plain text under the title, smaller; wrapped to the width. */
  readonly subtitle?: string;
  /** Plain text under the plot; wrapped to the width, line breaks are kept. */
  readonly caption?: string;
  /** Default 760. */
  readonly width?: number;
  /** Of the whole figure, words included; default 480. */
  readonly height?: number;
  /** Rows to keep free for the legend under the title, default 1; 0 for a figure without a legend. */
  readonly legendRows?: number;
  /** Left and right margins (for tick labels, a colour bar), room between legend and plot (for the titles of panels), and below the plot (for tick labels and axis titles): defaults 70, 24, 12, 60. */
  readonly room?: { readonly left?: number; readonly right?: number; readonly above?: number; readonly below?: number };
}

const EDGE = 16;
const INK = "#222222";
const GRID = "#E3E3E3";
const SIZES = { title: 17, subtitle: 13, body: 13, tick: 12, caption: 12 } as const;
const LEGEND_ROW = 24;
/** What an entry of the legend takes beside its text. */
const LEGEND_ITEM = 52;

/**
 * The layout shared by all figures. Further keys (axes, barmode, more annotations) are added with `withLayout`.
 * Axes of every panel get their look from the template, so that a figure only says what is special about them.
 *
 * @example
 * ```ts
 * import { baseLayout, figureOf } from "nonsmooth";
 *
 * const layout = baseLayout({ title: "Zeros by layer", caption: "One training, 16 bits.", width: 600, height: 400 });
 * const figure = figureOf({ data: [{ y: [3, 2, 1] }], layout });
 * console.log(figure.layout.width, figure.layout.height); // 600 400
 * ```
 */
export function baseLayout(options: LayoutOptions): Layout {
  const { width = DEFAULT_SIZE.width, height = DEFAULT_SIZE.height, legendRows = 1, room = {} } = options;
  const lines = (text: string | undefined, size: number): string[] =>
    text ? wrapText(text, width - 2 * EDGE, { size }).map(plainText) : [];
  const title = lines(options.title, SIZES.title * BOLD);
  const subtitle = lines(options.subtitle, SIZES.subtitle);
  const caption = lines(options.caption, SIZES.caption);

  const head = EDGE + blockHeight(title, SIZES.title) + blockHeight(subtitle, SIZES.subtitle);
  const foot = caption.length > 0 ? blockHeight(caption, SIZES.caption) + EDGE : 0;
  const fromTop = (y: number, yanchor: string) => ({ y: 1 - y / height, yref: "container", yanchor });
  const atLeft = { x: EDGE / width, xref: "container", xanchor: "left" };
  const left = room.left ?? 70;
  const below = room.below ?? 60;
  return {
    width,
    height,
    template: template(),
    margin: { l: left, r: room.right ?? 24, t: head + legendRows * LEGEND_ROW + (room.above ?? 12), b: below + foot },
    // plotly anchors the base line of a title's first line, whichever anchor is asked for
    title: { text: titleText(title, subtitle), ...fromTop(EDGE + 0.8 * SIZES.title, "bottom"), ...atLeft },
    showlegend: legendRows > 0,
    legend: { orientation: "h", itemwidth: 30, tracegroupgap: 5, ...fromTop(head, "top"), ...atLeft },
    annotations: caption.length > 0 ? [captionNote(caption, EDGE - left, below)] : [],
  };
}

/** How many rows the legend of these traces takes. @param width of the figure */
export function legendRowsOf(traces: readonly Trace[], width: number): number {
  const names = traces.filter(({ showlegend }) => showlegend !== false).map(({ name }) => String(name));
  let rows = 1;
  let used = 0;
  for (const name of names) {
    const own = textWidth(plainText(name), { size: SIZES.body }) + LEGEND_ITEM;
    if (used > 0 && used + own > width - 2 * EDGE) {
      rows++;
      used = 0;
    }
    used += own;
  }
  return rows;
}

/**
 * A layout with more in it: annotations, shapes and images are appended, records merged one level deep, the rest replaced.
 *
 * @example
 * ```ts
 * import { baseLayout, withLayout } from "nonsmooth";
 *
 * const layout = withLayout(baseLayout({ title: "Loss" }), { xaxis: { title: { text: "step" } }, yaxis: { type: "log" } });
 * console.log(layout.xaxis, layout.yaxis); // { title: { text: 'step' } } { type: 'log' }
 * ```
 */
export function withLayout(layout: Layout, more: Layout): Layout {
  const merged: Record<string, unknown> = { ...layout };
  for (const [key, value] of Object.entries(more)) {
    const before = merged[key];
    if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
    else if (isRecord(before) && isRecord(value)) merged[key] = { ...before, ...value };
    else merged[key] = value;
  }
  return merged;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// bold DejaVu Sans is about an eighth wider than regular
const BOLD = 1.13;

const blockHeight = (lines: readonly string[], size: number): number => Math.ceil(lines.length * size * LINE_HEIGHT);

function titleText(title: readonly string[], subtitle: readonly string[]): string {
  const small = subtitle.map((line) => `<span style="font-size:${SIZES.subtitle}px">${line}</span>`);
  return [...title.map((line) => `<b>${line}</b>`), ...small].join("<br>");
}

/** The caption hangs from the lower left corner of the plot, by `x` and `y` pixels away from it. */
function captionNote(lines: readonly string[], x: number, y: number): Layout {
  return {
    name: "caption",
    text: lines.join("<br>"),
    font: { size: SIZES.caption, color: INK },
    align: "left",
    showarrow: false,
    borderpad: 0,
    ...{ x: 0, xref: "paper", xanchor: "left", xshift: x },
    ...{ y: 0, yref: "paper", yanchor: "top", yshift: -y },
  };
}

function template(): Layout {
  const axis = {
    automargin: false,
    exponentformat: "power",
    gridcolor: GRID,
    linecolor: INK,
    showline: true,
    ticks: "outside",
    tickcolor: INK,
    tickfont: { size: SIZES.tick },
    title: { font: { size: SIZES.body }, standoff: 10 },
    zeroline: false,
  };
  return {
    layout: {
      annotationdefaults: { showarrow: false },
      colorscale: { sequential: sequentialScale },
      colorway,
      font: { family: FONT_STACK, size: SIZES.body, color: INK },
      hoverlabel: { font: { family: FONT_STACK } },
      paper_bgcolor: "white",
      plot_bgcolor: "white",
      title: { font: { size: SIZES.title } },
      xaxis: axis,
      yaxis: axis,
    },
    data: {
      bar: [{ error_y: { color: INK, thickness: 1.5, width: 4 }, marker: { line: { color: INK, width: 0.5 } } }],
      scatter: [{ error_y: { thickness: 1.5, width: 4 }, line: { width: 2 }, marker: { size: 8 } }],
      heatmap: [{ colorscale: sequentialScale, colorbar: { outlinewidth: 0, tickcolor: colors.black } }],
      contour: [{ colorscale: sequentialScale, colorbar: { outlinewidth: 0, tickcolor: colors.black } }],
    },
  };
}
