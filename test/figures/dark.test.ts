import { describe, expect, it } from "vitest";
import { baseLayout, colorway, darkColors, darkFigure, figureOf } from "../../src/figures";

/** sRGB to linear light: IEC 61966-2-1. */
const linear = (color: string): number[] =>
  [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });

const luminance = (color: string): number => {
  const [red, green, blue] = linear(color) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
const contrast = (a: string, b: string): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

/** CIE 1976 L*a*b* under D65. */
function lab(color: string): number[] {
  const [r, g, b] = linear(color) as [number, number, number];
  const x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505;
  const z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089;
  const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29);
  return [116 * f(luminance(color)) - 16, 500 * (f(x) - f(luminance(color))), 200 * (f(luminance(color)) - f(z))];
}

const dark = (color: string): string => darkColors[color] ?? color;

describe("on a dark ground", () => {
  const series = colorway.map(dark);

  it("dark colours give lines a contrast above 3 : 1 and text above 7 : 1, by WCAG 2.1", () => {
    for (const color of series) expect(contrast(color, dark("white"))).toBeGreaterThan(3);
    expect(contrast(dark("#222222"), dark("white"))).toBeGreaterThan(7);
  });

  it("dark colours of series are at least 0.8 times as far apart as the light ones", () => {
    const nearest = (all: readonly string[]) =>
      Math.min(
        ...all.flatMap((a, i) => all.slice(i + 1).map((b) => Math.hypot(...lab(a).map((x, k) => x - lab(b)[k]!)))),
      );
    expect(nearest(series)).toBeGreaterThan(0.8 * nearest(colorway));
  });

  it("a figure on a dark ground changes its colours and nothing else", () => {
    const layout = baseLayout({ title: "T", caption: "C" });
    const plot = {
      x: ["white", "black"],
      y: [1, 2],
      marker: { color: ["#000000", "#123456"] },
      line: { color: "black" },
    };
    const { data, layout: changed } = darkFigure(figureOf({ data: [plot], layout }));
    const { x, marker, line } = data[0] as unknown as typeof plot;
    expect(x).toEqual(["white", "black"]);
    expect(marker.color).toEqual([dark("#000000"), "#123456"]);
    expect(line.color).toBe(dark("black"));
    const text = JSON.stringify(changed);
    for (const color of ["white", "#222222", "#E3E3E3"]) expect(text).not.toContain(`"${color}"`);
    expect(darkFigure({ ...figureOf({ data }), data: [], layout: { ...layout, template: {} } }).layout).toMatchObject({
      margin: layout.margin,
    });
  });
});
