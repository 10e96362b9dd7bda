/**
 * Pictures that are drawn again and again while numbers come in: plain SVG in a few milliseconds, in the look of the figures. Plotly
 * would take a hundred times as long.
 */
import { sumOf } from "../../util";
import { FONT_STACK, textWidth, wrapText, xml } from "../export";
import type { SeriesStyle } from "../palette";
import { line, marker, round, type Spot } from "./marks";
import type { Scale } from "./scales";

export { type Interval, linearScale, logarithmicScale, percentTick, type Scale } from "./scales";

export interface SketchSeries {
  readonly style: SeriesStyle;
  readonly spots: readonly Spot[];
}

export interface SketchPanel {
  /** Lines, with a marker at each point or at the last one only; or a bar for each point. */
  readonly kind: "points" | "line" | "bars";
  readonly x: Scale;
  readonly y: Scale;
  readonly xTitle: string;
  /** Above the panel; after it, smaller, what its ordinate is. */
  readonly title: string;
  readonly remark?: string;
  /** Width in proportion to those of the other panels. */
  readonly width: number;
  readonly series: readonly SketchSeries[];
  /** Written into a panel that shows nothing. */
  readonly empty?: string;
}

export interface Sketch {
  readonly title: string;
  /** Plain text under the title, wrapped to the width. */
  readonly subtitle: readonly string[];
  readonly legend: readonly { readonly name: string; readonly style: SeriesStyle }[];
  /** From left to right. */
  readonly panels: readonly SketchPanel[];
  /** What the picture shows, for those who cannot see it. */
  readonly alt: string;
}

/** Pixels. */
export interface SketchSize {
  readonly width: number;
  readonly height: number;
}

const INK = "#222222";
const GRID = "#E3E3E3";
const EDGE = 16;
const ROW = 22;
/** Of a panel: height, room for the tick labels of the ordinate, and room below it. */
const PANEL = { height: 240, left: 58, below: 52, above: 26 } as const;
/** What an entry of the legend takes beside its text: line, and space to the next one. */
const KEY = { line: 34, gap: 18 } as const;

/** @param width of the picture in pixels; its height follows from the words. */
export function sketchSvg(sketch: Sketch, width = 980): { readonly svg: string; readonly size: SketchSize } {
  const { title, panels, alt } = sketch;
  const subtitle = sketch.subtitle.flatMap((one) => wrapText(one, width - 2 * EDGE, { size: 13 }));
  const legend = legendPlaces(sketch.legend, width);
  const words = 12 + ROW * (1 + subtitle.length);
  const top = words + legend.height + PANEL.above;
  const height = top + PANEL.height + PANEL.below;
  const unit = (width - EDGE) / sumOf(panels, (panel) => panel.width);
  const parts = [
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(title, { x: EDGE, y: 26 }, 'font-size="17" font-weight="bold"'),
    ...subtitle.map((one, i) => text(one, { x: EDGE, y: 26 + ROW * (i + 1) }, 'font-size="13"')),
    `<g transform="translate(0 ${words})">${legend.svg}</g>`,
    ...panels.map((panel, i) => {
      const left = unit * sumOf(panels.slice(0, i), (before) => before.width) + PANEL.left;
      return `<g transform="translate(${round(left)} ${top})">${panelSvg(panel, unit * panel.width - PANEL.left)}</g>`;
    }),
  ];
  const frame = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${frame} role="img" font-family="${xml(FONT_STACK)}" font-size="12" fill="${INK}"><title>${xml(title)}</title><desc>${xml(alt)}</desc>${parts.join("")}</svg>`;
  return { svg, size: { width, height } };
}

const text = (words: string, { x, y }: Spot, attributes = ""): string =>
  `<text x="${round(x)}" y="${round(y)}" ${attributes}>${xml(words)}</text>`;

/** The legend: entries in rows. */
function legendPlaces(entries: Sketch["legend"], width: number): { readonly svg: string; readonly height: number } {
  let [x, row] = [EDGE, 0];
  const keys = entries.map(({ name, style }) => {
    const own = KEY.line + textWidth(name, { size: 13 }) + KEY.gap;
    if (x > EDGE && x + own > width - EDGE) [x, row] = [EDGE, row + 1];
    const y = ROW * row + 12;
    const ends = [x, x + 28].map((end) => ({ x: end, y }));
    const key =
      line(ends, style) + marker({ x: x + 14, y }, style) + text(name, { x: x + KEY.line, y: y + 4 }, 'font-size="13"');
    x += own;
    return key;
  });
  return { svg: keys.join(""), height: entries.length === 0 ? 0 : ROW * (row + 1) };
}

/** A panel whose upper left corner is at 0, 0. */
function panelSvg(panel: SketchPanel, room: number): string {
  const { x, y, xTitle, title, remark, series, empty } = panel;
  const [width, height] = [room - EDGE, PANEL.height];
  const across = (value: number) => x.at(value) * width;
  const up = (value: number) => (1 - y.at(value)) * height;
  const hidden = series.every(({ spots }) => spots.length === 0);
  return [
    ...y.ticks.map(({ value, text: words }) => {
      const at = up(value);
      const grid = `<path d="M0 ${round(at)}H${round(width)}" stroke="${GRID}"/>`;
      return grid + text(words, { x: -8, y: at + 4 }, 'text-anchor="end"');
    }),
    ...x.ticks.map(({ value, text: words }) => {
      const at = round(across(value));
      const tick = `<path d="M${at} ${height}v5" stroke="${INK}"/>`;
      return tick + text(words, { x: at, y: height + 19 }, 'text-anchor="middle"');
    }),
    `<path d="M0 0V${height}H${round(width)}" fill="none" stroke="${INK}"/>`,
    `<text y="-10"><tspan font-weight="bold">${xml(title)}</tspan>${remark ? `<tspan font-size="11" dx="6">${xml(remark)}</tspan>` : ""}</text>`,
    text(xTitle, { x: width / 2, y: height + 40 }, 'text-anchor="middle" font-size="13"'),
    hidden && empty ? text(empty, { x: width / 2, y: 0.4 * height }, 'text-anchor="middle"') : "",
    ...series.map((one, i) => seriesSvg(panel, one, { across, up, width, of: [i, series.length] })),
  ].join("");
}

/** How numbers become pixels of a panel, and which of how many series is drawn. */
interface Drawing {
  readonly across: (value: number) => number;
  readonly up: (value: number) => number;
  readonly width: number;
  readonly of: readonly [index: number, count: number];
}

/** Points that have a marker each; in a longer curve they would touch. */
const MARKED = 30;

function seriesSvg({ kind, x }: SketchPanel, { spots, style }: SketchSeries, drawing: Drawing): string {
  const { across, up, width, of } = drawing;
  const placed = spots.map((spot) => ({ x: across(spot.x), y: up(spot.y) }));
  if (placed.length === 0) return "";
  if (kind === "bars") {
    const whole = (0.8 * width) / Math.max(1, x.ticks.length);
    const size = Math.min(40, whole / of[1]);
    return placed.map((spot) => bar({ ...spot, x: spot.x + (of[0] - of[1] / 2) * size }, size, up(0), style)).join("");
  }
  const marked = kind === "points" && placed.length <= MARKED ? placed : placed.slice(-1);
  // equal curves cover each other: of the lower ones a rim is seen
  const radius = 4 + 0.8 * Math.min(3, of[1] - 1 - of[0]);
  return line(placed, style) + marked.map((spot) => marker(spot, style, radius)).join("");
}

/** With its marker on top: no series is told by its colour alone. */
function bar({ x, y }: Spot, size: number, bottom: number, style: SeriesStyle): string {
  const body = `<rect x="${round(x + 1)}" y="${round(y)}" width="${round(Math.max(1, size - 2))}" height="${round(bottom - y)}" fill="${style.color}"/>`;
  return body + marker({ x: x + size / 2, y }, style);
}
