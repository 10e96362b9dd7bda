/** The notebooks as they are read, before anybody runs them. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { notebookFiles } from "../src/cli/notebook-files";
import { projectRoot } from "../src/util";

interface Cell {
  cell_type: string;
  source: string | string[];
  outputs?: { output_type: string; data?: Record<string, unknown> }[];
}

const text = ({ source }: Cell) => [source].flat().join("");
const notebooks = notebookFiles().map((file) => ({
  name: basename(file, ".ipynb"),
  folder: dirname(file),
  cells: (JSON.parse(readFileSync(file, "utf8")) as { cells: Cell[] }).cells,
}));
const readme = readFileSync(join(projectRoot, "README.md"), "utf8");
/** A rehearsal has no figure that is kept. */
const WITHOUT_FIGURE = ["08-imagenet"];

/** Names whose type is `any`; the word in a text is none. */
const saysAny = (code: string) => /\bany\b/.test(code.replace(/(["'`])(?:\\.|(?!\1)[^\\])*\1|\/\/.*/g, ""));

describe.each(notebooks)("$name", ({ name, folder, cells }) => {
  const first = text(cells[0]!);
  const code = cells.filter(({ cell_type }) => cell_type === "code");

  it("opens with its answer, and the figure that shows it", () => {
    const [title, , answer] = first.split("\n");
    expect(title).toMatch(/^# \S/);
    expect(answer).toMatch(/^\S/);
    const pictures = [...first.matchAll(/!\[([^\]]{20,})\]\(([^)]+)\)/g)];
    expect(pictures).toHaveLength(WITHOUT_FIGURE.includes(name) ? 0 : 1);
    for (const [, , path] of pictures) expect(existsSync(join(folder, path!)), path).toBe(true);
  });

  it("gives no number in its answer that the README's table does not have", () => {
    const answer = first.split("\n")[2]!;
    const numbers = answer.match(/\d+\.\d+(e-\d+)?/g) ?? [];
    for (const number of numbers) expect(readme, number).toContain(number);
  });

  it("has code that can be read: typed, within the page, without Node's require", () => {
    for (const cell of code) {
      expect(saysAny(text(cell)), text(cell)).toBe(false);
      expect(text(cell)).not.toContain("require(");
      expect(
        text(cell)
          .split("\n")
          .filter((line) => line.length > 110),
      ).toEqual([]);
    }
  });

  it("was executed to its end, with pictures and no SVG", () => {
    const outputs = code.flatMap((cell) => cell.outputs ?? []);
    expect(outputs.length).toBeGreaterThan(0);
    expect(outputs.filter(({ output_type }) => output_type === "error").length).toBe(0);
    expect(outputs.filter(({ data }) => data && "image/svg+xml" in data).length).toBe(0);
  });
});
