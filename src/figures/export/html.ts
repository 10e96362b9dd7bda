/**
 * A figure as HTML for a notebook: the picture, which stays where scripts do not run (an untrusted notebook, a page
 * without plotly), and a script that puts the live plot in its place.
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { checkFigure, type Figure, figureSize } from "../types";
import { specOf } from "./json";
import { plotlySource } from "./packages";
import { xml } from "./svg";

/** JSON inside a script element: nothing in it can end the element, or a line. */
const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The element's id: the figure's name and the first 12 hexadecimal digits of the SHA-256 of what is drawn. */
export function figureId(figure: Figure): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(specOf(figure)))
    .digest("hex");
  return `figure-${figure.name}-${digest.slice(0, 12)}`;
}

/**
 * The HTML of a figure, given its picture from `toPng`. The live plot appears if `plotlyInitHtml` ran in the page
 * before, or if the page has a `window.Plotly` of its own.
 */
export function figureHtml(figure: Figure, png: Uint8Array): string {
  checkFigure(figure);
  const id = figureId(figure);
  const { data, layout } = specOf(figure);
  const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  const style = `width:${figureSize(figure).width}px;max-width:100%`;
  return `<div id="${id}"><img alt="${xml(figure.alt)}" style="${style}" src="${source}"></div>
<script>
(async () => {
  const Plotly = (await window.nonsmoothPlotly) ?? window.Plotly;
  if (!Plotly) return;
  // the same figure may stand on the page more than once
  for (const place of document.querySelectorAll('[id="${id}"]:not([data-live])')) {
    place.dataset.live = "";
    const plot = document.createElement("div");
    place.append(plot);
    await Plotly.newPlot(plot, ${scriptJson(data)}, ${scriptJson(layout)}, { displaylogo: false });
    place.querySelector("img").remove();
  }
})();
</script>
`;
}

/**
 * HTML that loads plotly into the page, once: compressed, since it would be 10 MB otherwise, and without a network.
 * Leave this output out of what is committed; the pictures stay.
 */
export function plotlyInitHtml(): string {
  const packed = gzipSync(plotlySource(), { level: 9 }).toString("base64");
  return `<script>
window.nonsmoothPlotly ??= (async () => {
  if (window.Plotly) return window.Plotly;
  const bytes = Uint8Array.from(atob("${packed}"), (c) => c.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  // undefined, so that plotly's script takes neither a module loader nor the page's module for its own
  new Function("define", "module", "exports", await new Response(unpacked).text())();
  return window.Plotly;
})();
</script>
`;
}
