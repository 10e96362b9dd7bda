/**
 * A figure as HTML for a notebook: the picture, which stays where scripts do not run (an untrusted notebook) or plotly
 * is not available, and a script that puts the live plot in its place.
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { darkenScript, type Theme } from "../dark";
import { checkFigure, type Figure, figureSize } from "../types";
import { specOf } from "./json";
import { plotlySource } from "./packages";
import { xml } from "./svg";

/** JSON inside a script element: nothing in it can end the element, or a line. */
export const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The element's id: the figure's name and the first 12 hexadecimal digits of the SHA-256 of what is drawn. */
export function figureId(figure: Figure): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(specOf(figure)))
    .digest("hex");
  return `figure-${figure.name}-${digest.slice(0, 12)}`;
}

/** How many characters the traces and the layout of a figure have as JSON. */
export function specLength(figure: Figure): number {
  return JSON.stringify(specOf(figure)).length;
}

/** Evaluates plotly's source; undefined, so that it takes neither a module loader nor the page's module for its own. */
const evaluate = (source: string): string => `new Function("define", "module", "exports", ${source})();`;

// in the order in which Node looks for a package: from the notebook's folder up to the root of Jupyter's server
const loadPlotly = `window.nonsmoothPlotly ??= (async () => {
    if (window.Plotly) return window.Plotly;
    const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
    const base = config.baseUrl ?? document.body.dataset.baseUrl;
    if (!base) return;
    const folders = (/\\/(?:tree|notebooks)\\/(.*)/.exec(location.pathname)?.[1] ?? "").split("/");
    while (folders.pop() !== undefined) {
      const found = await fetch(base + "files/" + [...folders, "node_modules/plotly.js-dist/plotly.js"].join("/"));
      if (!found.ok) continue;
      ${evaluate("await found.text()")}
      return window.Plotly;
    }
  })().catch(() => undefined);`;

/**
 * The HTML of a figure, given its picture from `toPng`. The live plot appears if the page has plotly (`window.Plotly`, or
 * `plotlyInitHtml` ran in it before), or if Jupyter's server serves a folder with this project's packages.
 * @param options.theme of the live plot; default: that of the page
 */
export function figureHtml(figure: Figure, png: Uint8Array, options: { readonly theme?: Theme } = {}): string {
  checkFigure(figure);
  const id = figureId(figure);
  const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  const style = `width:${figureSize(figure).width}px;max-width:100%`;
  return `<div id="${id}" style="overflow-x:auto"><img alt="${xml(figure.alt)}" style="${style}" src="${source}"></div>
<script>
(async () => {
  ${loadPlotly}
  const Plotly = (await window.nonsmoothPlotly) ?? window.Plotly;
  if (!Plotly) return;
  const figure = ${scriptJson(specOf(figure))};
  const { data, layout } = ${themed(options.theme)};
  // the same figure may stand on the page more than once
  for (const place of document.querySelectorAll('[id="${id}"]')) {
    if (place.dataset.live) continue;
    place.dataset.live = "yes";
    const plot = document.createElement("div");
    place.append(plot);
    try {
      await Plotly.newPlot(plot, data, layout, { displaylogo: false });
      place.querySelector("img").remove();
    } catch (error) {
      plot.remove();
      throw error;
    }
  }
})();
</script>
`;
}

function themed(theme: Theme | undefined): string {
  if (theme) return "figure"; // its colours are those of the theme already
  return `document.body.dataset.jpThemeLight === "false" || document.body.matches(".vscode-dark, .vscode-high-contrast:not(.vscode-high-contrast-light)")
    ? JSON.parse(JSON.stringify(figure), ${darkenScript})
    : figure`;
}

/**
 * HTML that loads plotly into the page, once: compressed, since it would be 10 MB otherwise, and without a network.
 * Do not save this output; the pictures stay.
 */
export function plotlyInitHtml(): string {
  const packed = gzipSync(plotlySource(), { level: 9 }).toString("base64");
  return `<script>
window.nonsmoothPlotly = (async () => {
  if (window.Plotly) return window.Plotly;
  const bytes = Uint8Array.from(atob("${packed}"), (c) => c.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  ${evaluate("await new Response(unpacked).text()")}
  return window.Plotly;
})();
</script>
`;
}
