/**
 * Colours that people with any colour vision can tell apart, each with a marker and a dash of its own, so that no figure
 * says anything by colour alone. Source: M. Okabe and K. Ito, "Color Universal Design" (2008),
 * https://jfly.uni-koeln.de/color/, the palette recommended by B. Wong, Nature Methods 8, 441 (2011).
 */
import { formatOf, precisionOf, type precisions } from "../formats";
import { fail } from "../util";

/**
 * The palette of Okabe and Ito.
 *
 * @example
 * ```ts
 * import { colors } from "nonsmooth";
 *
 * const trace = { y: [3, 1, 2], marker: { color: colors.vermillion } };
 * console.log(trace.marker, Object.keys(colors).slice(0, 3)); // { color: '#D55E00' } [ 'black', 'orange', 'skyBlue' ]
 * ```
 */
export const colors = {
  black: "#000000",
  orange: "#E69F00",
  skyBlue: "#56B4E9",
  bluishGreen: "#009E73",
  yellow: "#F0E442",
  blue: "#0072B2",
  vermillion: "#D55E00",
  reddishPurple: "#CC79A7",
} as const;

/** For values that are ordered, as in heat maps: Nuñez, Anderton and Renslow, PLOS ONE 13, e0199239 (2018). */
export const sequentialScale = "Cividis";

/**
 * For series that differ in something other than their precision, so that a precision's colour means that precision in every figure.
 * Source: P. Tol, "Colour Schemes" (2021), https://personal.sron.nl/~pault/, the scheme "muted", which is also for any colour vision.
 */
export const colorway: readonly string[] = [
  "#332288", // indigo
  "#CC6677", // rose
  "#44AA99", // teal
  "#882255", // wine
  "#999933", // olive
  "#88CCEE", // cyan
  "#AA4499", // purple
  "#DDCC77", // sand
];

/** Of precisions without a name of their own. */
const GREY = "#767676";

const symbols = ["circle", "square", "diamond", "triangle-up", "x", "cross", "star", "triangle-down"] as const;
const dashes = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "10px,2px", "2px,6px"] as const;

/** How many markers there are. */
export const symbolCount = symbols.length;

/** How one series is drawn. */
export interface SeriesStyle {
  readonly color: string;
  /** A plotly marker symbol. */
  readonly symbol: string;
  /** A plotly line dash. */
  readonly dash: string;
  /** What is added to the symbol where there is no line: "" or the ending of one of plotly's variants, as "-open". */
  readonly filling: string;
}

/**
 * Style of the series with this index, from 0. The first 64 differ; the first eight differ in each of the three.
 *
 * @example
 * ```ts
 * import { seriesStyle } from "nonsmooth";
 *
 * const names = ["without batch-norm", "with batch-norm"];
 * for (const [i, name] of names.entries()) console.log(name, seriesStyle(i)); // without batch-norm { color: '#332288', symbol: 'circle', dash: 'solid', filling: '' }
 * // with batch-norm { color: '#CC6677', symbol: 'square', dash: 'dash', filling: '' }
 * ```
 */
export function seriesStyle(index: number): SeriesStyle {
  if (!Number.isInteger(index) || index < 0) fail("series index", "must be a whole number from 0", index);
  const round = Math.floor(index / colorway.length);
  const shifted = (index + round) % symbols.length;
  return { color: colorway[index % colorway.length]!, symbol: symbols[shifted]!, dash: dashes[shifted]!, filling: "" };
}

type Look = Omit<SeriesStyle, "filling">;

/** Of the precisions with names of their own; the two of 8 bits are from P. Tol's qualitative scheme of 12 colours (2012). */
const looks: Readonly<Record<(typeof precisions)[number]["id"], Look>> = {
  e4m3: { color: "#661100", symbol: "triangle-down", dash: "2px,6px" },
  e5m2: { color: "#6699CC", symbol: "triangle-left", dash: "10px,2px" },
  16: { color: colors.vermillion, symbol: "square", dash: "dash" },
  bf16: { color: colors.skyBlue, symbol: "star", dash: "longdash" },
  tf32: { color: colors.orange, symbol: "cross", dash: "longdashdot" },
  32: { color: colors.blue, symbol: "circle", dash: "solid" },
  64: { color: colors.bluishGreen, symbol: "diamond", dash: "dot" },
  mixed: { color: colors.reddishPurple, symbol: "triangle-up", dash: "dashdot" },
};

/** Fillings of a precision's marker, for points that differ in something else as well. */
const fillings = ["", "-open", "-dot", "-open-dot"] as const;

/**
 * How a series looks that is one of several in its precision: the precision's colour and marker, told apart by its line and by the
 * filling of its marker.
 * @param index of what else the series differ in, from 0; four fillings and eight dashes differ
 */
export function variantStyle(id: number | string, index: number): SeriesStyle {
  const { dash } = seriesStyle(index);
  return { ...precisionStyle(id), dash, filling: fillings[index % fillings.length]! };
}

/**
 * How a precision looks in every figure: 16, 32, 64, "mixed", "bf16", "e8p12".
 * @returns its label, colour, marker and dash
 * @throws NonsmoothError for an unknown precision
 * @example
 * ```ts
 * import { precisionStyle } from "nonsmooth";
 *
 * const { label, color, dash } = precisionStyle("bf16");
 * console.log(label, color, dash); // bfloat16 #56B4E9 longdash
 * ```
 */
export function precisionStyle(id: number | string): SeriesStyle & { readonly label: string } {
  const precision = precisionOf(id);
  return { label: precision.short ?? precision.label, ...(own(precision.id) ?? parametricLook(id)), filling: "" };
}

const own = (id: number | string): Look | undefined => (looks as Readonly<Record<number | string, Look>>)[id];

/** Grey, in a few markers and dashes: a figure with many parametric formats has an axis for p, and no legend. */
function parametricLook(id: number | string): Look {
  const { precision } = formatOf(precisionOf(id).format);
  const at = precision % symbols.length;
  return { color: GREY, symbol: symbols[at]!, dash: dashes[at]! };
}
