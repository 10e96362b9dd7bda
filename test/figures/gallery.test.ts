import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { type Figure, figureTable, saveFigure, writeGallery } from "../../src/figures";
import { openRun, toCsv } from "../../src/runs";
import { projectRoot } from "../../src/util";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nonsmooth-gallery-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

const figure = (name: string): Figure => ({
  name,
  title: `Title of<br>${name} | bits`,
  data: [{ type: "scatter", x: [1, 2], y: [1, 2] }],
  layout: {},
  alt: `What ${name} [shows].`,
  caption: "Runs a cell: 2.",
  table: [
    { x: 1, y: Number.NaN },
    { x: 2, y: null },
  ],
});

async function runFolder(): Promise<string> {
  const store = openRun({ experiment: "alpha", config: { engine: "onnx-cpu" }, directory: join(root, "data", "runs") });
  for (const key of ["a", "b"]) store.append({ key });
  await store.finish({ order: () => 0 });
  return store.directory;
}

it("a saved figure has its data beside it, and its place in the gallery", async () => {
  const runDirectory = await runFolder();
  mkdirSync(join(root, "notebooks"));
  const source = ['const other = "further";\n'];
  for (const [name, cells] of Object.entries({ "03-zeros": [], "11-more": [{ source }] })) {
    writeFileSync(join(root, "notebooks", `${name}.ipynb`), JSON.stringify({ cells }));
  }
  for (const name of ["further", "zeros", "bifurcation-frequency"])
    await saveFigure(figure(name), { runDirectory }, root);

  expect(readFileSync(join(root, "figures", "zeros.csv"), "utf8")).toBe("x,y\n1,NaN\n2,\n");
  const text = readFileSync(join(root, "figures", "README.md"), "utf8");
  const table = text.split("\n").filter((line) => line.startsWith("| ["));
  // the notebook of the first is not there, the third is found by its name in a notebook
  expect(table).toEqual([
    "| [bifurcation-frequency](#bifurcation-frequency) | Title of bifurcation-frequency \\| bits | section 3 | `npx nonsmooth figure` | 2 rows |",
    "| [zeros](#zeros) | Title of zeros \\| bits | section 4 | [03-zeros](../notebooks/03-zeros.ipynb) | 2 rows |",
    "| [further](#further) | Title of further \\| bits |  | [11-more](../notebooks/11-more.ipynb) | 2 rows |",
  ]);
  expect(text).toContain("![What zeros \\[shows\\].](zeros.png)\n\nRuns a cell: 2.\n");
  expect(text).toMatch(/rows\.jsonl\) of run `alpha\/[0-9a-f]{12}`, onnx-cpu/);
  expect(readFileSync(writeGallery(root), "utf8")).toBe(text);
});

it("the data behind a saved figure are its table, what is no number included", async () => {
  await saveFigure(figure("zeros"), { runDirectory: await runFolder() }, root);
  expect(figureTable("zeros", root)).toEqual(figure("zeros").table);
  expect(() => figureTable("zero", root)).toThrow(
    'figure: must be one of zeros, got "zero"\nHint: did you mean zeros?',
  );
});

it("every committed figure has its data beside it and stands in the committed gallery", () => {
  const folder = join(projectRoot, "figures");
  const text = readFileSync(join(folder, "README.md"), "utf8");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const name = file.slice(0, -".json".length);
    expect(text).toContain(`](${name}.png)`);
    expect(readFileSync(join(folder, `${name}.csv`), "utf8"), name).toBe(toCsv(figureTable(name)));
  }
});
