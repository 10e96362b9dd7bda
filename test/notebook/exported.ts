/** A notebook with a figure, a table of many rows and the picture of a training, and what nbconvert makes of it. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { figureHtml, figureOf, sketchSvg, toPng, toSvg } from "../../src/figures";
import { liveMetadata } from "../../src/notebook/live";
import { notebookText, type Output } from "../../src/notebook/nbformat";
import { tableText, tableView } from "../../src/notebook/table";
import { tableHtml } from "../../src/notebook/table-html";
import { Course } from "../../src/notebook/watch/course";
import { pictureOf } from "../../src/notebook/watch/picture";

/** A Python with nbconvert, if there is one. */
export const nbconvert = ["/usr/bin/python3", "python3"].find(
  (python) => spawnSync(python, ["-m", "nbconvert", "--version"], { stdio: "ignore" }).status === 0,
);

/** What the figure's alternative text is. */
export const figureAlt = 'A line that "rises" from 1 < 2.';
/** The rows of the table, of which 20 are shown at first. */
export const ROWS = 50;

/** The HTML of the table as it is sent to the page. */
export const liveTable = (): string => tableHtml(table());

const table = () => {
  const rows = Array.from({ length: ROWS }, (_, i) => ({ i, half: i / 2 }));
  return tableView(rows, { caption: "Halves" });
};

async function figureOutput(): Promise<Output> {
  const figure = figureOf({ data: [{ y: [1, 2] }], title: "T", alt: figureAlt, width: 300, height: 200 });
  const png = toPng(await toSvg(figure), { scale: 1 });
  const data = { "image/png": png.toString("base64"), "text/html": figureHtml(figure, png), "text/plain": figureAlt };
  const size = { width: 300, height: 200, alt: figureAlt };
  return { output_type: "display_data", data, metadata: { "image/png": size, ...liveMetadata } };
}

function tableOutput(): Output {
  const data = { "text/html": liveTable(), "text/plain": tableText(table()) };
  return { output_type: "display_data", data, metadata: liveMetadata };
}

/** What `watch` leaves at the end. */
function watchOutput(): Output {
  const course = new Course("training");
  const step = { kind: "step", epoch: 0, epochs: 1, batches: 2, loss: 2.5, lr: 1, taken: true, observed: {} } as const;
  for (const batch of [0, 1]) course.take({ ...step, batch });
  const picture = pictureOf([course], "Training", "2 steps");
  const { svg, size } = sketchSvg(picture);
  const data = { "image/png": toPng(svg).toString("base64"), "text/plain": picture.alt };
  return { output_type: "display_data", data, metadata: { "image/png": { ...size, alt: picture.alt } } };
}

/** Writes `kept.ipynb`, as the runner writes it, and `live.ipynb`, as JupyterLab saves it; returns the alternative texts of their pictures. */
export async function writeNotebooks(folder: string): Promise<string[]> {
  const outputs = [await figureOutput(), tableOutput(), watchOutput()];
  const cell = {
    cell_type: "code",
    id: "a",
    metadata: {},
    source: "const x: number = 1;",
    outputs,
    execution_count: 1,
  };
  const written = JSON.parse(notebookText({ cells: [cell], metadata: {} }));
  writeFileSync(join(folder, "kept.ipynb"), JSON.stringify(written));
  written.cells[0].outputs = outputs;
  writeFileSync(join(folder, "live.ipynb"), JSON.stringify(written));
  return [figureAlt, (outputs[2] as { data: Record<string, string> }).data["text/plain"]!];
}

/** What nbconvert makes of a notebook of the folder. */
export function convert(folder: string, name: string, ...options: readonly string[]): string {
  const { PATH, HOME } = process.env;
  execFileSync(nbconvert!, ["-m", "nbconvert", join(folder, `${name}.ipynb`), ...options], {
    stdio: "pipe",
    env: { PATH, HOME, PYTHONWARNINGS: "ignore" },
  });
  return readFileSync(join(folder, `${name}.${options.includes("latex") ? "tex" : "html"}`), "utf8");
}
