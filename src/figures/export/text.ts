/** How wide and high text is in the font that the pictures are drawn with: what a browser would answer. */
import type { SKRSContext2D } from "@napi-rs/canvas";
import { type DomElement, type DomNode, isElement, numberOf, styleOf } from "./dom";
import { FONT_STACK } from "./fonts";
import type { Box } from "./geometry";
import { canvas } from "./packages";

/** Ascent and descent of DejaVu Sans (its hhea table), and plotly's distance between lines: all in ems. */
const ASCENT = 0.928;
const DESCENT = 0.236;
export const LINE_HEIGHT = 1.3;

export interface Font {
  /** Pixels. */
  readonly size: number;
  readonly weight?: string;
  readonly style?: string;
}

let context: SKRSContext2D | undefined;

/** Width of one line of text, in pixels. */
export function textWidth(text: string, font: Font): number {
  context ??= canvas().createCanvas(1, 1).getContext("2d");
  context.font = `${font.style || "normal"} ${font.weight || "normal"} ${font.size}px ${FONT_STACK}`;
  return context.measureText(text).width;
}

/** Breaks plain text into lines at most `width` pixels wide; a longer word stands alone, and line breaks are kept. */
export function wrapText(text: string, width: number, font: Font): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(/[ \t]+/).filter(Boolean)) {
      const longer = line ? `${line} ${word}` : word;
      if (line && textWidth(longer, font) > width) {
        lines.push(line);
        line = word;
      } else {
        line = longer;
      }
    }
    return [...lines, line];
  });
}

/** Plain text for a place where plotly reads its own markup (`<b>`, `<br>`, `&lt;`). */
export function plainText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The font of an element: its own properties, else those of the elements around it; sizes in % or em are relative. */
function fontOf(element: DomElement): Font {
  const outer = isElement(element.parentNode) ? element.parentNode : undefined;
  const size = styleOf(element, "font-size");
  const weight = styleOf(element, "font-weight");
  const style = styleOf(element, "font-style");
  const inherited = outer && !(isAbsolute(size) && weight && style) ? fontOf(outer) : { size: 12 };
  return { size: sizeIn(size, inherited.size), weight: weight || inherited.weight, style: style || inherited.style };
}

const isAbsolute = (size: string): boolean => /^[\d.]+(px)?$/.test(size);

function sizeIn(size: string, inherited: number): number {
  const value = Number.parseFloat(size);
  if (!Number.isFinite(value)) return inherited;
  if (size.endsWith("%")) return (value / 100) * inherited;
  return size.endsWith("em") ? value * inherited : value;
}

/** Width of an element's text, each run in its own font: `SVGTextContentElement.getComputedTextLength`. */
export function runWidth(element: DomElement): number {
  let width = 0;
  for (const child of element.childNodes) {
    if (isElement(child)) width += runWidth(child);
    else if (child.textContent) width += textWidth(child.textContent, fontOf(element));
  }
  return width;
}

// plotly writes each line of a text as a tspan of this class
const isLine = (node: DomNode): node is DomElement => isElement(node) && node.getAttribute("class") === "line";

/** Box of a text or tspan in its user space; lines after the first are below it. */
export function textBox(element: DomElement): Box {
  if (!element.textContent) return { x: numberOf(element, "x"), y: numberOf(element, "y"), width: 0, height: 0 };
  const lines = [...element.childNodes].filter(isLine);
  const width = lines.length > 0 ? Math.max(...lines.map(runWidth)) : runWidth(element);
  const { size } = fontOf(element);
  const anchor = anchorOf(element);
  const shift = anchor === "middle" ? width / 2 : anchor === "end" ? width : 0;
  return {
    x: numberOf(element, "x") - shift,
    y: numberOf(element, "y") - ASCENT * size,
    width,
    height: (ASCENT + DESCENT + Math.max(lines.length - 1, 0) * LINE_HEIGHT) * size,
  };
}

function anchorOf(element: DomElement): string {
  const own = styleOf(element, "text-anchor");
  if (own || element.tagName.toLowerCase() !== "tspan" || !isElement(element.parentNode)) return own;
  return anchorOf(element.parentNode);
}
