/** The heavy packages, loaded when the first figure is drawn: importing the library stays cheap. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { FONT_FAMILY } from "./fonts";

const load = createRequire(__filename);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The font's TrueType files: regular, bold, oblique, bold oblique. */
export const fontFiles = once(() => {
  const folder = join(dirname(load.resolve("dejavu-fonts-ttf/package.json")), "ttf");
  return ["", "-Bold", "-Oblique", "-BoldOblique"].map((style) => join(folder, `DejaVuSans${style}.ttf`));
});

/** Skia's canvas, with the font registered. */
export const canvas = once(() => {
  const skia = load("@napi-rs/canvas") as typeof import("@napi-rs/canvas");
  for (const file of fontFiles()) skia.GlobalFonts.registerFromPath(file, FONT_FAMILY);
  return skia;
});

export const resvg = once(() => load("@resvg/resvg-js") as typeof import("@resvg/resvg-js"));

export const paths = once(() => load("svg-path-properties") as typeof import("svg-path-properties"));

/** Plotly's source, one script of 10 MB. */
export const plotlySource = (): string => readFileSync(load.resolve("plotly.js-dist"), "utf8");

/** What we use of jsdom; its types would bring the browser's globals into every file of the project. */
export interface Jsdom {
  readonly JSDOM: new (html: string, options: object) => { readonly window: unknown };
  readonly VirtualConsole: new () => { on(event: string, listener: (...values: unknown[]) => void): unknown };
}

export const jsdom = once(() => load("jsdom") as Jsdom);
