import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { volatileMetadata } from "../../src/notebook/kernel";
import { notebookText, readNotebook } from "../../src/notebook/nbformat";
import { temporaryFolder } from "./support";

function read(content: unknown) {
  const file = join(temporaryFolder(), "n.ipynb");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return { file, notebook: () => readNotebook(file) };
}

const CODE = { cell_type: "code", source: "1" };
/** A notebook whose second cell is this one. */
const withCell = (cell: unknown) => ({ nbformat: 4, cells: [CODE, cell] });

describe("readNotebook", () => {
  it("a notebook is read with joined sources, an id for every cell, and no old outputs", () => {
    const { notebook } = read({
      nbformat: 4,
      nbformat_minor: 4,
      metadata: { title: "T" },
      cells: [
        { cell_type: "markdown", metadata: {}, source: ["# A\n", "text"] },
        { cell_type: "code", id: "cell-3", metadata: {}, source: "1", outputs: [{ output_type: "stream" }] },
        { cell_type: "code", source: "2" },
      ],
    });
    const { cells, metadata } = notebook();
    expect(metadata).toEqual({ title: "T" });
    expect(cells.map((cell) => cell.id)).toEqual(["cell-1", "cell-3", "cell-3-"]);
    expect(cells[0]?.source).toBe("# A\ntext");
    expect(cells[0]).not.toHaveProperty("outputs");
    expect(cells[1]?.outputs).toEqual([]);
  });

  it.each<[unknown, string, string?]>([
    ["not json", "must be JSON, got"],
    [{ nbformat: 3, worksheets: [] }, "must be a notebook of format 4, got 3"],
    [{ nbformat: 4 }, "must have a list of cells, got undefined"],
    ["", "must be JSON, got"],
    [null, "must be a notebook, an object in JSON, got null"],
    [[], "must be a notebook, an object in JSON, got []"],
    ['"text"', 'must be a notebook, an object in JSON, got "text"'],
    [{ nbformat: 4, cells: {} }, "must have a list of cells, got {}"],
    [{ nbformat: 4, cells: [], metadata: 5 }, "must be an object, got 5", ", metadata"],
    [withCell(null), "must be an object, got null", ", cell 2"],
    [withCell("1 + 1"), 'must be an object, got "1 + 1"', ", cell 2"],
    [withCell({ source: "" }), "must be one of code, markdown, raw, got undefined", ", cell 2, cell_type"],
    [withCell({ cell_type: "heading" }), 'must be one of code, markdown, raw, got "heading"', ", cell 2, cell_type"],
    [withCell({ cell_type: "code" }), "must be text, or a list of lines, got undefined", ", cell 2, source"],
    [withCell({ ...CODE, source: 5 }), "must be text, or a list of lines, got 5", ", cell 2, source"],
    [withCell({ ...CODE, source: [1] }), "must be text, or a list of lines, got [1]", ", cell 2, source"],
    [withCell({ ...CODE, id: 7 }), "must be text, got 7", ", cell 2, id"],
    [withCell({ ...CODE, metadata: null }), "must be an object, got null", ", cell 2, metadata"],
    [withCell({ ...CODE, outputs: "none" }), 'must be a list, got "none"', ", cell 2, outputs"],
  ])("a file that holds %j is refused", (content, message, place = "") => {
    const { file, notebook } = read(content);
    expect(notebook).toThrow(`${file}${place}: ${message}`);
  });

  it("what is no regular file is refused, and a pipe is not waited for", () => {
    const folder = temporaryFolder();
    const pipe = join(folder, "pipe.ipynb");
    execFileSync("mkfifo", [pipe]);
    for (const path of [folder, pipe]) {
      expect(() => readNotebook(path)).toThrow(`${path}: must be readable, got "no regular file"`);
    }
  });

  it("a file that is not there is refused", () => {
    expect(() => readNotebook("/no/such.ipynb")).toThrow(/^\/no\/such\.ipynb: must be readable, got "ENOENT/);
  });
});

describe("notebookText", () => {
  const text = notebookText({
    metadata: { widgets: { state: {} }, title: "T" },
    cells: [
      {
        cell_type: "code",
        id: "a",
        metadata: { tags: ["x"], execution: { started: "2024" }, ExecuteTime: "2023" },
        source: "a\nb",
        execution_count: 1,
        outputs: [
          { output_type: "display_data", data: { "text/html": "<script>" }, metadata: volatileMetadata },
          {
            output_type: "display_data",
            data: {
              "text/plain": "t\nu",
              "image/png": "AA\n==",
              "image/svg+xml": "<svg>\n</svg>",
              "application/json": { b: 1, a: 2 },
            },
            metadata: {},
          },
        ],
      },
    ],
  });
  const stored = JSON.parse(text);

  it("time stamps, widget state and volatile outputs are not stored", () => {
    expect(stored.cells[0].metadata).toEqual({ tags: ["x"] });
    expect(stored.metadata).not.toHaveProperty("widgets");
    expect(stored.metadata.title).toBe("T");
    expect(stored.cells[0].outputs).toHaveLength(1);
  });

  it("text is stored as lines, PNG images as one string, and JSON as it is", () => {
    expect(stored.cells[0].source).toEqual(["a\n", "b"]);
    expect(stored.cells[0].outputs[0].data).toEqual({
      "text/plain": ["t\n", "u"],
      "image/png": "AA\n==",
      "image/svg+xml": ["<svg>\n", "</svg>"],
      "application/json": { a: 2, b: 1 },
    });
  });

  it("keys are sorted and indented by one space, and a newline ends the file", () => {
    expect(Object.keys(stored.cells[0])).toEqual(Object.keys(stored.cells[0]).toSorted());
    expect(text).toContain('\n "nbformat": 4,\n "nbformat_minor": 5\n}\n');
    expect(text).toContain('"a": 2,\n       "b": 1');
  });
});
