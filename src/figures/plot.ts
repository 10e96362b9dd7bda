/** Users' own plots: what plotly draws, with whatever words are given. */
import { fail } from "../util";
import { baseLayout, withLayout } from "./layout";
import type { Figure, Layout, Trace } from "./types";

/** What `show` draws: traces, and whatever else of a figure is given. */
export interface Plot {
  readonly data: readonly Trace[];
  readonly layout?: Layout;
  /** Lower-case words joined by hyphens; default `plot`. */
  readonly name?: string;
  /** Drawn above the plot; default: the title of the layout. */
  readonly title?: string;
  /** What the picture shows, for those who cannot see it. */
  readonly alt?: string;
  /** Drawn under the plot. */
  readonly caption?: string;
  /** The data behind the picture: rows of any kind. */
  readonly table?: readonly object[];
  /** Pixels; default `layout.width`, else 760. */
  readonly width?: number;
  /** Pixels; default `layout.height`, else 480. */
  readonly height?: number;
}

/**
 * A plot as a figure. A layout without a template gets the house layout, with title and caption drawn; in one with a
 * template a title is added where there is none. Words that are missing stay empty: `writeFigure` asks for them.
 * @throws if there are no traces
 * @example
 * ```ts
 * import { figureOf } from "nonsmooth";
 *
 * const figure = figureOf({ data: [{ y: [3, 2, 1] }], title: "Loss", layout: { xaxis: { title: "step" } } });
 * console.log(figure.name, figure.title, figure.layout.width); // plot Loss 760
 * ```
 */
export function figureOf(plot: Plot): Figure {
  if (!Array.isArray(plot?.data)) fail("plot, data", "must be an array of plotly traces", plot?.data);
  const own = withTitles(plot.layout ?? {});
  const title = plot.title ?? textOf(own.title) ?? "";
  const { name = "plot", alt = "", caption = "" } = plot;
  const table = plot.table ?? [];
  const layout = own.template === undefined ? inHouse(plot, own, title) : titled(own, title);
  return { ...plot, name, title, alt, caption, table, layout };
}

/** Whether a value is a figure, with its name and its words; reads nothing but these, and never throws. */
export function isFigure(value: unknown): value is Figure {
  if (typeof value !== "object" || value === null) return false;
  try {
    const { name, title, alt, data, layout } = value as Partial<Figure>;
    const words = [name, title, alt].every((text) => typeof text === "string");
    return words && Array.isArray(data) && typeof layout === "object" && layout !== null;
  } catch {
    return false; // a getter or a proxy that throws is none
  }
}

function inHouse(plot: Plot, own: Layout, title: string): Layout {
  const pixels = (side: "width" | "height") => {
    const value = plot[side] ?? own[side];
    return typeof value === "number" ? { [side]: value } : {};
  };
  // a trace without a name has no place in a legend
  const legend = own.showlegend ?? (plot.data.length > 1 || plot.data.some((trace) => trace.name !== undefined));
  const { caption } = plot;
  const base = baseLayout({ title, caption, legendRows: legend ? 1 : 0, ...pixels("width"), ...pixels("height") });
  return withLayout(base, own);
}

function titled(layout: Layout, text: string): Layout {
  return text && textOf(layout.title) === undefined ? withLayout(layout, { title: { text } }) : layout;
}

/** Plotly takes a title as an object only; plain text, as its older versions took, is what people write. */
function withTitles(layout: Layout): Layout {
  const entries = Object.entries(layout).map(([key, value]) => {
    if (key === "title") return [key, typeof value === "string" ? { text: value } : value];
    if (!/^[xy]axis\d*$/.test(key) || typeof (value as Layout | null)?.title !== "string") return [key, value];
    return [key, { ...(value as Layout), title: { text: (value as Layout).title } }];
  });
  return Object.fromEntries(entries);
}

function textOf(title: unknown): string | undefined {
  const text = (title as { readonly text?: unknown } | null | undefined)?.text;
  return typeof text === "string" ? text : undefined;
}
