import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { baseLayout, type Figure, figureOf, isFigure, type Layout, toSvg, writeFigure } from "../../src/figures";

const data = [{ x: [1, 2], y: [3, 4] }];
const textsOf = (svg: string) => [...svg.matchAll(/<t(?:ext|span)[^>]*>([^<]+)</g)].map(([, text]) => text);
const words = async (figure: Figure) => textsOf(await toSvg({ ...figure, alt: "A", title: figure.title || "T" }));

describe("a plot of one's own", () => {
  it("a plot needs only its traces, and keeps whatever else it is given", () => {
    expect(figureOf({ data })).toMatchObject({ name: "plot", title: "", alt: "", caption: "", table: [], data });
    // rows of a declared type, too
    interface Point {
      readonly a: number;
    }
    const table: readonly Point[] = [{ a: 1 }];
    const all = { name: "mine", title: "T", alt: "A", caption: "C", table, width: 300, height: 200 };
    expect(figureOf({ data, ...all })).toMatchObject({ ...all, layout: { width: 300, height: 200 } });
    expect(() => figureOf({} as never)).toThrow("plot, data: must be an array of plotly traces, got undefined");
  });

  it("the title, the caption and the axes' titles are drawn however they are given", async () => {
    const axes = { xaxis: { title: "steps" }, yaxis: { title: { text: "loss" } } };
    const drawn = await words(figureOf({ data, title: "My title", caption: "My caption", layout: axes }));
    for (const text of ["My title", "My caption", "steps", "loss"]) expect(drawn).toContain(text);
    expect(await words(figureOf({ data, layout: { title: "In the layout" } }))).toContain("In the layout");
    const named = figureOf({ data, layout: { title: { text: "In the layout" } } });
    expect(named.title).toBe("In the layout");
    const template = { layout: { paper_bgcolor: "white" } };
    expect(await words(figureOf({ data, title: "Added", layout: { template } }))).toContain("Added");
  });

  it("a figure of one's own is written with its title and its caption, unless its layout has a look of its own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nonsmooth-plot-"));
    const own = { data, name: "mine", title: "My title", caption: "My caption", alt: "A" };
    const written = async (layout: Layout) => {
      const { svg, json } = await writeFigure({ ...own, layout, table: [] }, folder);
      expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({ title: "My title", caption: "My caption" });
      return textsOf(readFileSync(svg, "utf8"));
    };
    const drawn = await written({ xaxis: { title: "steps" } });
    for (const text of ["My title", "My caption", "steps"]) expect(drawn).toContain(text);
    const ready = await written(baseLayout({ title: "Another" }));
    expect(ready).toContain("Another");
    for (const text of ["My title", "My caption"]) expect(ready).not.toContain(text);
    rmSync(folder, { recursive: true });
  });

  it("a plot that is already a figure is not changed", () => {
    const layout = baseLayout({ title: "T", caption: "C" });
    const figure = { name: "f", title: "T", alt: "A", caption: "C", table: [], data, layout };
    expect(figureOf(figure)).toEqual(figure);
  });

  it("a plot without a title or an alternative text cannot be written to a file", async () => {
    await expect(writeFigure(figureOf({ data }), "/nowhere")).rejects.toThrow("figure plot, title: must not be empty");
    await expect(writeFigure(figureOf({ data, title: "T" }), "/nowhere")).rejects.toThrow(
      'figure plot, alt: must not be empty, got ""\nHint: say what the picture shows',
    );
  });
});

it("a figure is told from other values, even from one that throws when it is read", () => {
  expect(isFigure(figureOf({ data, title: "T" }))).toBe(true);
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error("not to be touched");
      },
    },
  );
  for (const value of [null, undefined, 1, "f", [], { data, layout: {} }, hostile, () => 1]) {
    expect(isFigure(value)).toBe(false);
  }
});
