/** A figure as SVG, drawn by plotly without a browser. */
import { fail, show, stream } from "../../util";
import { checkFigure, type Figure, figureSize } from "../types";
import { type Browser, openBrowser } from "./browser";
import { type Spec, specOf } from "./json";
import { checkAttributes } from "./schema";

let browser: Browser | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Draws a figure. The same figure gives the same text in every process; pictures are drawn one after the other.
 * The first call loads plotly, which takes about a second. No 3-d, map or WebGL traces, and no LaTeX.
 * @returns an SVG document with the role of an image, the figure's title and, as description, its alternative text;
 * throws for a figure without alternative text, and for trace types and attributes that plotly does not know.
 * @example
 * ```ts
 * import { figureOf, toSvg } from "nonsmooth";
 *
 * const words = { title: "Loss", alt: "The loss falls from 3 to 1." };
 * const svg = await toSvg(figureOf({ data: [{ y: [3, 2, 1] }], ...words, width: 600, height: 300 }));
 * console.log(svg.slice(0, 4), svg.includes("Loss")); // <svg true
 * ```
 */
export async function toSvg(figure: Figure): Promise<string> {
  checkFigure(figure);
  const spec = specOf(figure);
  // one window: what is drawn in it at the same time would share its random numbers
  const drawn = last.then(() => draw(figure, spec));
  last = drawn.catch(() => undefined);
  return labelled(await drawn, figure);
}

async function draw(figure: Figure, spec: Spec): Promise<string> {
  browser ??= openBrowser();
  checkAttributes(`figure ${figure.name}`, browser.plotly.PlotSchema.get(), spec.data, spec.layout);
  const random = stream(0, "figure", figure.name);
  browser.random(() => random.uniform());
  try {
    const options = { format: "svg", imageDataOnly: true, ...figureSize(figure) };
    return await browser.plotly.toImage(structuredClone(spec), options);
  } catch (error) {
    // what is half drawn stays in the window's document: the next figure gets a new one
    browser = undefined;
    throw error;
  }
}

/** Title, description and role, as https://www.w3.org/TR/svg-aam-1.0/ has them read out. */
function labelled(svg: string, { name, title, alt }: Figure): string {
  const [titleId, descId] = [`${name}-title`, `${name}-desc`];
  if (!svg.startsWith("<svg ")) fail(`figure ${name}`, "must be drawn as an SVG element", show(svg));
  const text = `<title id="${titleId}">${xml(title)}</title><desc id="${descId}">${xml(alt)}</desc>`;
  return svg.replace(/^<svg ([^>]*)>/, (_, attributes: string) => {
    const role = `role="img" aria-labelledby="${titleId} ${descId}"`;
    return `<svg ${role} ${attributes}>${text}`;
  });
}

/** Text for XML and HTML, in elements and in quoted attributes. */
export function xml(text: string): string {
  // XML has no other control characters, not even escaped; error messages may bring terminal colours
  const known = Array.from(text, (each) => (each >= " " || "\t\n\r".includes(each) ? each : "")).join("");
  return known.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
