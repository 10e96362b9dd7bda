/** Figures on a dark ground: the same traces and layout in other colours. */
import { colors } from "./palette";
import type { Figure, Layout, Trace } from "./types";

/** The ground of a figure: white, or dark. */
export type Theme = "light" | "dark";

const GROUND = "#1A1A1A";
const BRIGHT = "#F2F2F2";

/** What each house colour becomes. Those that are clear on both grounds stay as they are. */
export const darkColors: Readonly<Record<string, string>> = {
  white: GROUND,
  "#FFFFFF": GROUND,
  black: BRIGHT,
  [colors.black]: BRIGHT,
  "#222222": "#DDDDDD",
  "#E3E3E3": "#3D3D3D",
  [colors.blue]: "#4A90E2",
  [colors.skyBlue]: "#A5E1FA",
  [colors.bluishGreen]: "#17B384",
  [colors.vermillion]: "#EB6A1C",
  "#332288": "#7C6FE8",
  "#882255": "#C2407F",
  "#AA4499": "#CE7BC0",
};

/** A reviver for `JSON.parse`: names of colours only where a colour stands, since "white" may be a category's name, too. */
function darken(key: string, value: unknown): unknown {
  return typeof value === "string" && (/color$/.test(key) || value[0] === "#") ? (darkColors[value] ?? value) : value;
}

/** `darken` as a page has it. */
export const darkenScript = `((colours) => (key, value) =>
    (typeof value === "string" && (/color$/.test(key) || value[0] === "#") && colours[value]) || value)(${JSON.stringify(darkColors)})`;

/** The figure on a dark ground. Colours that are not the house's stay as they are. */
export function darkFigure(figure: Figure): Figure {
  const dark = <T extends Layout | readonly Trace[]>(part: T): T => JSON.parse(JSON.stringify(part), darken) as T;
  return { ...figure, data: dark(figure.data), layout: dark(figure.layout) };
}
