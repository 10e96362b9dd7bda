import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { JSDOM } from "jsdom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  baseLayout,
  darkColors,
  darkFigure,
  type Figure,
  figureHtml,
  figureId,
  type Trace,
  toPng,
  toSvg,
  withLayout,
  writeFigure,
} from "../../src/figures";
import { compiledModule } from "../../src/util";

const figureOf = (data: readonly Trace[], layout: object = {}, more: Partial<Figure> = {}): Figure => ({
  name: "test",
  title: "A title",
  data,
  layout: withLayout(
    baseLayout({ title: "ReLU′(0) ≤ 1 × <2> & more", caption: "n = 3" }),
    layout as Record<string, unknown>,
  ),
  alt: "Three points rise from 1 to 3.",
  caption: "n = 3",
  table: [{ x: 1, y: Number.NaN }],
  ...more,
});
const points: Trace = { type: "scatter", mode: "markers", x: [1, 2, 3], y: [1, 2, 3] };
const parse = (svg: string) => new JSDOM(svg, { contentType: "image/svg+xml" }).window.document;
const words = (svg: string) => [...parse(svg).querySelectorAll("text")].map((element) => element.textContent);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "figures-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** How many different colours a PNG holds, and its size. */
async function colours(png: Buffer): Promise<{ width: number; height: number; distinct: number }> {
  const image = await loadImage(png);
  const context = createCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const distinct = new Set(new Uint32Array(data.buffer, data.byteOffset, data.length / 4)).size;
  return { width: image.width, height: image.height, distinct };
}

describe("a figure as SVG", () => {
  it("the SVG has the tick labels, axis titles and caption, special characters included", async () => {
    const svg = await toSvg(figureOf([points], { xaxis: { title: { text: "images" }, tickvals: [1, 2, 3] } }));
    const found = words(svg).join("\n");
    for (const text of ["1", "2", "3", "images", "ReLU′(0) ≤ 1 × <2> & more", "n = 3"]) expect(found).toContain(text);
  });

  it("the SVG is an image with a name and a description for readers who cannot see it", async () => {
    const root = parse(await toSvg(figureOf([points]))).documentElement;
    expect(root.getAttribute("role")).toBe("img");
    expect(root.querySelector("title")!.textContent).toBe("A title");
    expect(root.querySelector("desc")!.textContent).toBe("Three points rise from 1 to 3.");
  });

  it("error bars are drawn on a linear and on a logarithmic axis", async () => {
    const bars = {
      ...points,
      error_y: { type: "data", symmetric: false, array: [1, 1, 1], arrayminus: [0.5, 0.5, 0.5] },
    };
    for (const type of ["linear", "log"]) {
      const svg = parse(await toSvg(figureOf([bars], { yaxis: { type } })));
      expect(svg.querySelectorAll(".errorbar path.yerror")).toHaveLength(3);
    }
  });

  it.each([
    ["bar", { type: "bar", x: ["a", "b"], y: [1, 2] }, ".bars path"],
    ["box", { type: "box", y: [1, 2, 3, 9] }, "path.box"],
    ["violin", { type: "violin", y: [1, 2, 3, 9, 4, 4, 5] }, "path.violin"],
    [
      "heat map",
      {
        type: "heatmap",
        z: [
          [1, 2],
          [3, 4],
        ],
      },
      ".heatmaplayer image",
    ],
    [
      "contour",
      {
        type: "contour",
        z: [
          [1, 2, 3],
          [3, 4, 9],
          [1, 2, 7],
        ],
      },
      ".contourlayer path",
    ],
    ["histogram", { type: "histogram", x: [1, 1, 2, 5] }, ".bars path"],
  ])("a %s is drawn", async (_, trace, selector) => {
    expect(parse(await toSvg(figureOf([trace]))).querySelectorAll(selector).length).toBeGreaterThan(0);
  });

  it("the SVG is the same text in every process", async () => {
    const figure = figureOf([
      points,
      {
        type: "contour",
        z: [
          [1, 2],
          [3, 4],
        ],
      },
    ]);
    const script = `require(${JSON.stringify(compiledModule("figures/index"))}).toSvg(JSON.parse(process.argv[1])).then((svg) => process.stdout.write(svg))`;
    const elsewhere = execFileSync(process.execPath, ["-e", script, JSON.stringify(figure)], { encoding: "utf8" });
    const here = await toSvg(figure);
    expect(await toSvg(figure)).toBe(here);
    expect(elsewhere).toBe(here);
  });

  it.each([
    [{ alt: " " }, 'figure test, alt: must not be empty, got " "\nHint: say what the picture shows'],
    [{ title: "" }, 'figure test, title: must not be empty, got ""'],
    [{ name: "Test 1" }, 'figure name: must be lower-case words joined by hyphens, got "Test 1"'],
    [{ width: 5 }, "figure test, width: must be from 10 to 10000 pixels, got 5"],
  ])("a figure with %j is refused", async (more, message) => {
    await expect(toSvg(figureOf([points], {}, more))).rejects.toThrow(message);
  });

  it("a trace that plotly does not know is refused, and the next figure is drawn", async () => {
    await expect(toSvg(figureOf([{ type: "scater", x: [1] }]))).rejects.toThrow("scater");
    expect(await toSvg(figureOf([points]))).toContain("<svg");
  });
});

it("a PNG has the size that was asked for, and is not blank", async () => {
  const svg = await toSvg(figureOf([points]));
  const blank = await colours(toPng('<svg xmlns="http://www.w3.org/2000/svg" width="760" height="480"></svg>'));
  const drawn = await colours(toPng(svg, { scale: 2 }));
  expect(blank.distinct).toBe(1);
  expect(drawn).toMatchObject({ width: 1520, height: 960 });
  expect(drawn.distinct).toBeGreaterThan(50);
});

it("text in the shipped font leaves ink in a PNG", async () => {
  const text = (words: string) =>
    toPng(
      `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="40"><text x="5" y="25" font-family="DejaVu Sans">${words}</text></svg>`,
    );
  expect((await colours(text("ReLU′(0) ≤ 1"))).distinct).toBeGreaterThan(10);
});

it("a written figure has its pictures, and a specification with its words and its table", async () => {
  const files = await writeFigure(figureOf([points]), join(folder, "deep", "er"));
  const written = JSON.parse(readFileSync(files.json, "utf8"));
  expect(written).toMatchObject({ name: "test", alt: "Three points rise from 1 to 3.", caption: "n = 3" });
  expect(written.data[0].y).toEqual([1, 2, 3]);
  expect(written.table[0].x).toBe(1);
  expect(readFileSync(files.svg, "utf8")).toBe(await toSvg(figureOf([points])));
  expect(readFileSync(files.png).subarray(1, 4).toString()).toBe("PNG");
});

it("the HTML of a figure has the picture and its words, and its id depends on the drawing only", async () => {
  const figure = figureOf([points], {}, { alt: 'a "quoted" <alt>' });
  const html = figureHtml(figure, toPng(await toSvg(figure)));
  const image = new JSDOM(html).window.document.querySelector("img")!;
  expect(image.alt).toBe('a "quoted" <alt>');
  expect(image.src).toMatch(/^data:image\/png;base64,/);
  expect(figureId(figure)).toBe(figureId(figureOf([points], {}, { alt: "other" })));
  expect(figureId(figure)).not.toBe(figureId(figureOf([{ ...points, y: [3, 2, 1] }])));
});

describe("the script of a figure's HTML", () => {
  /** Runs it in a page where `Plotly` is already, or where Jupyter's server serves it; gives what was drawn and asked for. */
  async function runScript(options: {
    theme?: "light" | "dark";
    body?: string;
    url?: string;
    served?: string;
    plotly?: boolean;
  }) {
    const figure = figureOf([{ ...points, line: { color: "#0072B2" } }]);
    const html = figureHtml(figure, Buffer.from("picture"), { theme: options.theme });
    const config = options.served
      ? '<script id="jupyter-config-data" type="application/json">{"baseUrl":"/base/"}</script>'
      : "";
    const page = `<!DOCTYPE html>${config}<body ${options.body ?? ""}>${html}${html}`;
    const drawn: { layout: Record<string, unknown> }[] = [];
    const asked: string[] = [];
    const { window } = new JSDOM(page, {
      runScripts: "dangerously",
      url: `http://localhost${options.url ?? "/"}`,
      beforeParse(globals: Record<string, unknown>) {
        const plotly = { newPlot: async (_: unknown, __: unknown, layout: never) => drawn.push({ layout }) };
        if (options.plotly) globals.Plotly = plotly;
        globals.loaded = plotly;
        globals.fetch = async (url: string) => {
          asked.push(url);
          return { ok: url === options.served, text: async () => "window.Plotly = window.loaded;" };
        };
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { drawn, asked, images: window.document.querySelectorAll("img").length };
  }

  const ground = (layout: Record<string, unknown>) =>
    (layout.template as { layout: { paper_bgcolor: string } }).layout.paper_bgcolor;

  it("the picture stays where the page has no plotly", async () => {
    expect(await runScript({})).toEqual({ drawn: [], asked: [], images: 2 });
    const missing = await runScript({ served: "elsewhere", url: "/lab" });
    expect(missing).toMatchObject({
      drawn: [],
      asked: ["/base/files/node_modules/plotly.js-dist/plotly.js"],
      images: 2,
    });
  });

  it("the live plot takes the place of the picture", async () => {
    const { drawn, images } = await runScript({ plotly: true });
    expect([drawn.length, images]).toEqual([2, 0]);
    expect(ground(drawn[0]!.layout)).toBe("white");
  });

  it.each([
    ["/lab/tree/a%20b/c.ipynb", ["a%20b/", ""]],
    ["/lab/workspaces/w/tree/a/b/c.ipynb", ["a/b/", "a/", ""]],
    ["/notebooks/c.ipynb", [""]],
  ])("plotly is searched for from the folder of %s upwards", async (url, folders) => {
    const served = "/base/files/node_modules/plotly.js-dist/plotly.js";
    const { drawn, asked, images } = await runScript({ url, served });
    // once for the page, however many figures it has
    expect(asked).toEqual(folders.map((folder) => `/base/files/${folder}node_modules/plotly.js-dist/plotly.js`));
    expect([drawn.length, images]).toEqual([2, 0]);
  });

  it.each([
    ['data-jp-theme-light="false"', undefined, darkColors.white],
    ['data-jp-theme-light="true"', undefined, "white"],
    ['class="vscode-dark"', undefined, darkColors.white],
    ['data-jp-theme-light="false"', "light", "white"],
  ] as const)("a live plot has the colours of the theme or the page: %s, theme %s", async (body, theme, expected) => {
    const { drawn } = await runScript({ plotly: true, body, theme });
    expect(ground(drawn[0]!.layout)).toBe(expected);
    const figure = figureOf([{ ...points, line: { color: "#0072B2" } }]);
    const same = expected === "white" ? figure : darkFigure(figure);
    expect(drawn[0]!.layout).toMatchObject(JSON.parse(JSON.stringify(same.layout)));
  });
});
