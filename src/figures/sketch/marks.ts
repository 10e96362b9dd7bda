/** Lines and markers of the palette, as SVG. */
import type { SeriesStyle } from "../palette";

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Plotly's names of dashes; it also takes lengths: "10px,2px". */
const DASHES: Readonly<Record<string, string>> = {
  solid: "",
  dash: "9 6",
  dot: "2 4",
  dashdot: "9 4 2 4",
  longdash: "14 6",
  longdashdot: "14 4 2 4",
};

export function line(spots: readonly Spot[], { color, dash }: SeriesStyle): string {
  const path = spots.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
  const dashes = DASHES[dash] ?? dash.replaceAll("px", "").replace(",", " ");
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.5" stroke-linejoin="round"${dashes && ` stroke-dasharray="${dashes}"`}/>`;
}

/** Outlines of markers in units of their radius. */
const SHAPES: Readonly<Record<string, string>> = {
  square: "M-.9-.9H.9V.9H-.9Z",
  diamond: "M0-1.25L1.25 0L0 1.25L-1.25 0Z",
  "triangle-up": "M0-1.2L1.1.8H-1.1Z",
  "triangle-down": "M0 1.2L1.1-.8H-1.1Z",
  x: "M-.4 0L-1-.6L-.6-1L0-.4L.6-1L1-.6L.4 0L1 .6L.6 1L0 .4L-.6 1L-1 .6Z",
  cross: "M-.35-.35V-1.1H.35V-.35H1.1V.35H.35V1.1H-.35V.35H-1.1V-.35Z",
  star: "M0-1.3L.35-.45L1.25-.4L.55.15L.8 1.05L0 .55L-.8 1.05L-.55.15L-1.25-.4L-.35-.45Z",
};

const RADIUS = 4;

/** @param radius default 4 pixels */
export function marker({ x, y }: Spot, { color, symbol }: SeriesStyle, radius = RADIUS): string {
  const outline = SHAPES[symbol];
  if (outline === undefined) return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${color}"/>`;
  return `<path d="${outline}" fill="${color}" transform="translate(${round(x)} ${round(y)}) scale(${radius})"/>`;
}

/** Coordinates to a tenth of a pixel. */
export const round = (pixels: number): number => Math.round(pixels * 10) / 10;
