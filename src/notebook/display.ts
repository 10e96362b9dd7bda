/**
 * Figures, tables and text in a notebook's cell: one output with several MIME types, of which each reader takes the richest
 * that it can show. Outside a kernel the text form is printed.
 */
import { type Figure, figureHtml, figureJson, plotlyInitHtml, toPng, toSvg } from "../figures";
import { emit, inKernel, type MimeBundle } from "./kernel";
import { type TableLike, type TableOptions, type TableRows, tableHtml, tableText, tableView } from "./table";

/** Characters beyond which a figure has no SVG form: it would swell the file and slow the page down. */
const SVG_LIMIT = 100_000;

let live = false;

/**
 * From here on `show` adds the interactive form of each figure: zoom, hover, legend. Sends the plotly library (4.8 MB) to the
 * page; the runner leaves that out of the file, and the static form remains. Does nothing outside a kernel.
 */
export function interactive(): void {
  if (!inKernel()) return;
  emit({ "text/html": plotlyInitHtml(), "text/plain": "plotly is loaded" }, { volatile: true });
  live = true;
}

/**
 * Shows a figure: PNG, SVG if that is small, and the alternative text; after `interactive()` the live plot, too.
 * @param options.scale pixels of the PNG per pixel of the layout, default 2 (sharp on dense screens).
 */
export async function show(figure: Figure, options: { readonly scale?: number } = {}): Promise<void> {
  if (!inKernel()) return print(figure.alt);
  const { scale = 2 } = options;
  const svg = await toSvg(figure);
  const png = toPng(svg, { scale });
  const data = {
    "text/plain": figure.alt,
    "image/png": png.toString("base64"),
    ...(svg.length <= SVG_LIMIT && { "image/svg+xml": svg }),
    ...(live && liveForms(figure, png)),
  };
  // Jupyter's metadata give the size at which the picture is shown
  emit(data, { metadata: { "image/png": pngSize(png, scale) } });
}

function liveForms(figure: Figure, png: Buffer): MimeBundle {
  const { data, layout } = JSON.parse(figureJson(figure)) as Record<string, unknown>;
  return { "text/html": figureHtml(figure, png), "application/vnd.plotly.v1+json": { data, layout } };
}

/**
 * Shows a table.
 * @param table rows, or an arquero table.
 * @throws if an option breaks its rule or `table` is neither.
 */
export function showTable(table: TableRows | TableLike, options: TableOptions = {}): void {
  const view = tableView(table, options);
  const text = tableText(view);
  if (!emit({ "text/plain": text, "text/html": tableHtml(view) })) print(text);
}

/** Shows Markdown text. */
export function showMarkdown(text: string): void {
  if (!emit({ "text/plain": text, "text/markdown": text })) print(text);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Width and height stand in the first chunk of a PNG (PNG specification, section 11.2.2). */
function pngSize(png: Buffer, scale: number): { width: number; height: number } {
  return { width: Math.round(png.readUInt32BE(16) / scale), height: Math.round(png.readUInt32BE(20) / scale) };
}
