/** What nbconvert makes of our outputs: pictures with their alternative text, in the form that is kept and in the live one. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JSDOM } from "jsdom";
import { beforeAll, describe, expect, it } from "vitest";
import { figureHtml, figureOf, toPng, toSvg } from "../../src/figures";
import { notebookText, type Output } from "../../src/notebook/nbformat";
import { tableText, tableView } from "../../src/notebook/table";
import { tableHtml } from "../../src/notebook/table-html";
import { temporaryFolder } from "./support";

const there = spawnSync("jupyter", ["nbconvert", "--version"], { stdio: "ignore" }).status === 0;
const alt = 'A line that "rises" from 1 < 2.';

/** A notebook's text; `live`: as JupyterLab saves it, else as the runner does. */
async function notebook(live: boolean): Promise<string> {
  const figure = figureOf({ data: [{ y: [1, 2] }], title: "T", alt, width: 300, height: 200 });
  const png = toPng(await toSvg(figure), { scale: 1 });
  const table = tableView(Array.from({ length: 50 }, (_, i) => ({ i, half: i / 2 })));
  const data = { "image/png": png.toString("base64"), "text/html": figureHtml(figure, png), "text/plain": alt };
  const mark = { nonsmooth: { live: true } };
  const size = { width: 300, height: 200, alt };
  const outputs: Output[] = [
    { output_type: "display_data", data, metadata: { "image/png": size, ...mark } },
    {
      output_type: "display_data",
      data: { "text/html": tableHtml(table), "text/plain": tableText(table) },
      metadata: mark,
    },
  ];
  const cell = { cell_type: "code", id: "a", metadata: {}, source: "show(figure)", outputs, execution_count: 1 };
  const written = JSON.parse(notebookText({ cells: [cell], metadata: {} }));
  if (live) written.cells[0].outputs = outputs;
  return JSON.stringify(written);
}

describe.skipIf(!there)("nbconvert", () => {
  const folder = temporaryFolder();
  const convert = (name: string, ...options: string[]): string => {
    const { PATH, HOME } = process.env;
    execFileSync("jupyter", ["nbconvert", join(folder, `${name}.ipynb`), ...options], {
      stdio: "pipe",
      env: { PATH, HOME, PYTHONWARNINGS: "ignore" },
    });
    return readFileSync(join(folder, `${name}.${options.includes("latex") ? "tex" : "html"}`), "utf8");
  };
  const pictures = (html: string) =>
    [...new JSDOM(html).window.document.images].map((image) => ({
      alt: image.alt,
      png: image.src.startsWith("data:image/png;base64,iVBOR"),
    }));

  beforeAll(async () => {
    writeFileSync(join(folder, "kept.ipynb"), await notebook(false));
    writeFileSync(join(folder, "live.ipynb"), await notebook(true));
  });

  it("a live figure becomes one picture with its text, whichever template is used", () => {
    for (const template of ["lab", "classic"]) {
      const html = convert("live", "--to", "html", "--template", template);
      expect(pictures(html)).toEqual([{ alt, png: true }]);
    }
  });

  it("a figure as the runner stores it becomes one picture with its text", () => {
    expect(pictures(convert("kept", "--to", "html"))).toEqual([{ alt: expect.any(String), png: true }]);
    // the lab template of nbconvert 6 writes no text for pictures; the classic one and those of nbconvert 7 do
    expect(pictures(convert("kept", "--to", "html", "--template", "classic"))).toEqual([{ alt, png: true }]);
  });

  it("a live table has pages, and one as the runner stores it shows its first rows", () => {
    const rows = (html: string) => {
      const { document } = new JSDOM(html, { runScripts: "dangerously" }).window;
      return [document.querySelectorAll(".jp-RenderedHTML tbody tr").length, document.querySelectorAll("td").length];
    };
    expect(rows(convert("kept", "--to", "html"))).toEqual([20, 40]);
    const { document } = new JSDOM(convert("live", "--to", "html"), { runScripts: "dangerously" }).window;
    expect(document.body.textContent).toContain("rows 1 – 20 of 50 rows");
  });

  it("LaTeX gets a PNG picture, which needs no other program", () => {
    for (const name of ["kept", "live"]) {
      expect(convert(name, "--to", "latex")).toMatch(/\\adjustimage\{.*\}\{[^}]*\.png\}/);
    }
  });
});
