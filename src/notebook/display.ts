/**
 * Figures, tables and text in a notebook's cell: one output with several MIME types, of which each reader shows the richest that
 * it can. Outside a kernel the text form is printed.
 */
import { randomUUID } from "node:crypto";
import {
  darkFigure,
  type Figure,
  figureHtml,
  figureOf,
  type Plot,
  plotlyInitHtml,
  specLength,
  specOf,
  type Theme,
  toPng,
  toSvg,
} from "../figures";
import { emit, inKernel, type MimeBundle } from "./kernel";
import { liveMetadata } from "./live";
import { type TableOptions, type TableView, tableText, tableView } from "./table";
import { tableHtml } from "./table-html";
import { isLibraryTable, type Table } from "./table-source";

/** With more characters of traces and layout than this a figure stays a picture: they would swell the file. */
const LIVE_LIMIT = 1_000_000;

/** In milliseconds: time for the page to load plotly. */
const INIT_TIME = 10_000;

export interface ShowOptions {
  /** Pixels of the picture per pixel of the layout; default 2 (sharp on dense screens). */
  readonly scale?: number;
  /** Default: a light picture, and a live plot in the colours of the page. */
  readonly theme?: Theme;
  /** Whether the page gets the data of a live plot; default: if they are less than a million characters. */
  readonly live?: boolean;
}

let sent = false;

/**
 * Sends the plotly library (4.8 MB) to the page, for pages that cannot load it from Jupyter's server: figures shown from now on
 * are live there until the page is reloaded. None of it stays in the notebook. Does nothing outside a kernel.
 *
 * @example
 * ```ts
 * import { inKernel, interactive, show } from "nonsmooth";
 *
 * interactive(); // once in a notebook; then zoom, hover and legend work
 * await show({ data: [{ y: [3, 2, 1] }], title: "Loss", alt: "The loss falls from 3 to 1." });
 * console.log(inKernel()); // false
 * ```
 */
export function interactive(): void {
  if (!inKernel()) return;
  sent = true;
  const displayId = randomUUID();
  const text = {
    "text/plain": "Plotly is loaded in this page: figures shown from now on are live until the page is reloaded.",
  };
  emit({ ...text, "text/html": plotlyInitHtml() }, { volatile: true, displayId });
  setTimeout(() => emit(text, { volatile: true, displayId, update: true }), INIT_TIME).unref();
}

/**
 * Shows a figure, or your own plot: `show({ data, layout, title })`. The output has the picture, its alternative text, and the live
 * plot (zoom, hover, legend) if the page has plotly or can load it from Jupyter's server.
 * @throws if a trace or an attribute is unknown to plotly
 * @example
 * ```ts
 * import { inKernel, show } from "nonsmooth";
 *
 * const words = { title: "Loss", alt: "The loss falls from 3 to 1." };
 * await show({ data: [{ y: [3, 2, 1], name: "16 bits" }], layout: { xaxis: { title: "step" } }, ...words });
 * console.log(inKernel() ? "a plot" : "outside a notebook: its alternative text"); // outside a notebook: its alternative text
 * ```
 */
export async function show(plot: Figure | Plot, options: ShowOptions = {}): Promise<void> {
  if (!inKernel()) return print(plot.alt || plot.title || "a plot");
  const { data, metadata, length } = await figureOutput(plot, options);
  emit(data, { metadata });
  if (!plot.alt?.trim()) print("No alternative text: describe the plot with `alt`, for readers who cannot see it.");
  if (length > LIVE_LIMIT && options.live === undefined) {
    print(
      `Shown as a picture, since its data have ${(length / 1e6).toFixed(1)} million characters. For a live plot: show(…, { live: true })`,
    );
  }
}

/** The output that shows a figure, and the characters of its data. @throws as `show` */
export async function figureOutput(
  plot: Figure | Plot,
  { scale = 2, theme, live }: ShowOptions = {},
): Promise<Output & { readonly length: number }> {
  const figure = worded(figureOf(plot));
  const drawn = theme === "dark" ? darkFigure(figure) : figure;
  const png = toPng(await toSvg(drawn), { scale });
  const length = specLength(drawn);
  const isLive = live ?? length <= LIVE_LIMIT;
  const data = {
    "text/plain": figure.alt,
    "image/png": png.toString("base64"),
    ...(isLive && liveForm(drawn, png, theme)),
  };
  // the size at which Jupyter shows the picture, and the text that nbconvert and nbsphinx give it
  const image = { ...pngSize(png, scale), alt: figure.alt };
  return { data, metadata: { "image/png": image, ...(isLive && liveMetadata) }, length };
}

/** The figure with the words that `show` needs. */
function worded(figure: Figure): Figure {
  const title = figure.title.trim() ? figure.title : "Plot";
  return { ...figure, title, alt: figure.alt.trim() ? figure.alt : title };
}

/** VS Code draws plotly's own type itself, and serves no files from which a script could load plotly. */
function liveForm(figure: Figure, png: Buffer, theme: Theme | undefined): MimeBundle {
  const inVsCode = process.env.VSCODE_PID !== undefined;
  return inVsCode && !sent
    ? { "application/vnd.plotly.v1+json": specOf(figure) }
    : { "text/html": figureHtml(figure, png, { theme }) };
}

/**
 * Shows the first rows of a table, the numbers of each column in one format; in the page the rows can be sorted and paged.
 * @param table rows, an arquero table, or a danfo data frame or series.
 * @throws if an option breaks its rule or `table` is none of these.
 * @example
 * ```ts
 * import { inKernel, showTable } from "nonsmooth";
 *
 * showTable([{ bits: 16, share: 0.123456 }, { bits: 32, share: 0.5 }], { caption: "Zeros", digits: 3 });
 * console.log(inKernel() ? "a table" : "outside a notebook: as text"); // outside a notebook: as text
 * ```
 */
export function showTable(table: Table, options: TableOptions = {}): void {
  const { data, metadata } = outputOf(tableView(table, options));
  if (!emit(data, { metadata })) print(data["text/plain"]);
}

/** The data of an output, and its metadata. */
export interface Output {
  readonly data: MimeBundle;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * The output of a cell whose value is an arquero table, or a danfo data frame or series; undefined for anything else.
 * Never throws: a table that cannot be read is shown like any other value.
 */
export function tableOutput(value: unknown): Output | undefined {
  try {
    return isLibraryTable(value) ? outputOf(tableView(value as Table)) : undefined;
  } catch {
    return undefined;
  }
}

function outputOf(view: TableView) {
  const data = { "text/plain": tableText(view), "text/html": tableHtml(view) };
  return { data, metadata: view.embedded > view.rows ? liveMetadata : {} };
}

/**
 * Shows Markdown text.
 *
 * @example
 * ```ts
 * import { inKernel, showMarkdown } from "nonsmooth";
 *
 * showMarkdown("**Control**: the same bits in every run.");
 * console.log(inKernel() ? "formatted" : "outside a notebook: as written"); // outside a notebook: as written
 * ```
 */
export function showMarkdown(text: string): void {
  if (!emit({ "text/plain": text, "text/markdown": text })) print(text);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Width and height are in the first chunk of a PNG (PNG specification, section 11.2.2). */
function pngSize(png: Buffer, scale: number): { width: number; height: number } {
  return { width: Math.round(png.readUInt32BE(16) / scale), height: Math.round(png.readUInt32BE(20) / scale) };
}
