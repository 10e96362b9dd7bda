/**
 * A window without a browser, in which plotly draws: jsdom, which has a document but no layout, and on top of it what
 * plotly asks of a layout engine (boxes of text and paths) and of a canvas (the raster of a heat map).
 */
import { TextDecoder } from "node:util";
import { boundingBox, clientBox, pathProperties } from "./bounding-box";
import { canvasMethods } from "./canvas";
import type { DomElement } from "./dom";
import { isSvg } from "./dom";
import { jsdom, plotlySource } from "./packages";
import type { PlotSchema } from "./schema";
import { runWidth } from "./text";

export interface Plotly {
  toImage(figure: object, options: object): Promise<string>;
  readonly PlotSchema: { get(): PlotSchema };
}

type Prototype = Record<string, unknown>;

interface BrowserWindow {
  readonly Plotly: Plotly;
  readonly Math: { random: () => number };
  readonly URL: Prototype;
  readonly Element: { prototype: Prototype & { getBoundingClientRect(): unknown } };
  readonly SVGElement: { prototype: Prototype };
  readonly HTMLCanvasElement: { prototype: Prototype };
  TextDecoder: typeof TextDecoder;
  eval(source: string): void;
}

export interface Browser {
  readonly plotly: Plotly;
  /** Replaces the window's `Math.random`, from which plotly draws the identifiers that it writes. */
  random(source: () => number): void;
}

/** Opens a window and loads plotly in it (about a second). */
export function openBrowser(): Browser {
  const { JSDOM, VirtualConsole } = jsdom();
  const virtualConsole = new VirtualConsole();
  for (const event of ["warn", "error", "jsdomError"]) virtualConsole.on(event, warn);
  const html = "<!DOCTYPE html><html><body></body></html>";
  const options = { runScripts: "outside-only", pretendToBeVisual: true, virtualConsole };
  const window = new JSDOM(html, options).window as BrowserWindow;
  install(window);
  window.eval(plotlySource());
  return {
    plotly: window.Plotly,
    random: (source) => {
      window.Math.random = source;
    },
  };
}

function warn(...values: unknown[]): void {
  process.emitWarning(
    values.map((value) => (value instanceof Error ? value.message : String(value))).join(" "),
    "plotly",
  );
}

function install(window: BrowserWindow): void {
  window.TextDecoder = TextDecoder;
  // asked for by the map traces when the script is loaded, for a worker that is never started
  Object.assign(window.URL, { createObjectURL: () => "", revokeObjectURL: () => undefined });
  Object.assign(window.HTMLCanvasElement.prototype, canvasMethods());
  const measured: Prototype & ThisType<DomElement> = {
    getBBox() {
      return boundingBox(this);
    },
    getComputedTextLength() {
      return runWidth(this);
    },
    getTotalLength() {
      return pathProperties(this).getTotalLength();
    },
    getPointAtLength(length: number) {
      return pathProperties(this).getPointAtLength(length);
    },
  };
  Object.assign(window.SVGElement.prototype, measured);
  const original = window.Element.prototype.getBoundingClientRect;
  window.Element.prototype.getBoundingClientRect = function (this: DomElement) {
    if (!isSvg(this)) return original.call(this);
    const { x, y, width, height } = clientBox(this);
    return { x, y, width, height, left: x, top: y, right: x + width, bottom: y + height };
  };
}
