/** What a figure is: a plotly specification with the words and the rows that go with it. No dependency on plotly's types. */
import { fail } from "../util";

/** A plotly trace: https://plotly.com/javascript/reference/. */
export type Trace = Readonly<Record<string, unknown>>;

/** A plotly layout: https://plotly.com/javascript/reference/layout/. */
export type Layout = Readonly<Record<string, unknown>>;

/** One row of the data behind a figure: cells by column. */
export type TableRow = object;

export interface Figure {
  /** Lower-case words joined by hyphens: the name of the files, and of the figure in the command line. */
  readonly name: string;
  readonly title: string;
  readonly data: readonly Trace[];
  readonly layout: Layout;
  /** What the picture shows, for those who cannot see it; never empty. */
  readonly alt: string;
  /** n, what the intervals are, data, failures. */
  readonly caption: string;
  /** The data behind the picture; not-a-number and infinities are kept. */
  readonly table: readonly TableRow[];
  /** Pixels; default `layout.width`, else 760. */
  readonly width?: number;
  /** Pixels; default `layout.height`, else 480. */
  readonly height?: number;
}

/** Width and height where neither the figure nor its layout says: pixels. */
export const DEFAULT_SIZE = { width: 760, height: 480 } as const;

/** Throws unless the figure has a usable name, a title, an alternative text, traces and a size. */
export function checkFigure(figure: Figure): void {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(figure.name)) {
    fail("figure name", "must be lower-case words joined by hyphens", figure.name);
  }
  const what = `figure ${figure.name}`;
  if (!figure.title?.trim()) fail(`${what}, title`, "must not be empty", figure.title);
  if (!figure.alt?.trim()) {
    fail(`${what}, alt`, "must not be empty", figure.alt, "say what the picture shows, for those who cannot see it");
  }
  if (!Array.isArray(figure.data)) fail(`${what}, data`, "must be an array of plotly traces", figure.data);
  figureSize(figure);
}

/** Width and height of a figure, in pixels. */
export function figureSize(figure: Figure): { width: number; height: number } {
  const side = (name: "width" | "height"): number => {
    const value = figure[name] ?? figure.layout[name] ?? DEFAULT_SIZE[name];
    const fits = typeof value === "number" && value >= 10 && value <= 10_000;
    return fits ? value : fail(`figure ${figure.name}, ${name}`, "must be from 10 to 10000 pixels", value);
  };
  return { width: side("width"), height: side("height") };
}
