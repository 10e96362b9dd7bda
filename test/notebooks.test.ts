/** The notebooks as they are read, before anybody runs them. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { notebookFiles } from "../src/cli/notebook-files";
import { projectRoot } from "../src/util";
import { definitionsOf, unusedImports } from "./cell-code";
import { typeErrors } from "./helpers/cell-types";

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
/** The lines of the README's table of results that lead to a notebook. */
const results = (name: string) => readme.split("\n").filter((line) => line.includes(`](notebooks/${name}.ipynb) |`));
/** They show how something is done. */
const OWN = ["14-own-data", "15-own-network", "16-own-activation", "17-own-kinks", "18-own-experiment"];
/** A rehearsal has no figure that is kept. */
const WITHOUT_FIGURE = ["08-imagenet", ...OWN];
/** They have results of their own, and none of the table's. */
const WITHOUT_RESULT = ["00-explore-runs", "00-start", ...OWN];
/** ResNet18 and VGG11. */
const IN_NAMES = ["18", "11"];

/** "−0.13", "200", "0.03", without the 0 of ReLU'(0). */
const numbersOf = (words: string) => words.replaceAll("ReLU'(0)", "").match(/−?\d+(\.\d+)?/g) ?? [];

/** Names whose type is `any`; the word in a text is none. */
const saysAny = (code: string) => /\bany\b/.test(code.replace(/(["'`])(?:\\.|(?!\1)[^\\])*\1|\/\/.*/g, ""));

describe.each(notebooks)("$name", ({ name, folder, cells }) => {
  const [title, answer, picture] = text(cells[0]!).split("\n\n") as [string, string, string];
  const code = cells.filter(({ cell_type }) => cell_type === "code");

  it("the notebook opens with its answer and the figure that shows it", () => {
    expect(title).toMatch(/^# \S.*$/);
    expect(answer).toMatch(/^\*\*.+\*\*$/s);
    const pictures = [...text(cells[0]!).matchAll(/!\[[^\]]{20,}\]\(([^)]+)\)/g)];
    if (WITHOUT_FIGURE.includes(name)) return expect(pictures).toEqual([]);
    expect(pictures.map(([whole]) => whole)).toEqual([picture]);
    const path = pictures[0]![1]!;
    expect(existsSync(join(folder, path)), path).toBe(true);
  });

  it("every number in the answer stands in the README's table", () => {
    const numbers = numbersOf(answer);
    const known = new Set([...results(name).flatMap(numbersOf), ...IN_NAMES]);
    expect(numbers.filter((number) => !known.has(number))).toEqual([]);
    // powers of ten as they are written
    for (const number of answer.match(/\d+\.\d+(e-\d+)?/g) ?? []) expect(readme, number).toContain(number);
    expect(numbers.length > 1).toBe(!WITHOUT_RESULT.includes(name));
  });

  it("the code has no type any, no require and no line over 110 characters", () => {
    expect(code.length).toBeGreaterThan(3);
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

  it("no definition is longer than ten lines, and no import is unused", () => {
    const all = code.map(text);
    expect(all.flatMap(definitionsOf).filter(({ lines }) => lines > 10)).toEqual([]);
    expect(unusedImports(all.join("\n"))).toEqual([]);
  });

  it("no cell reads the preset from the environment itself", () => {
    for (const cell of code) expect(text(cell)).not.toContain("NONSMOOTH_PRESET");
  });

  it("the notebook was executed without an error, and no output is SVG", () => {
    const outputs = code.flatMap((cell) => cell.outputs ?? []);
    expect(outputs.length).toBeGreaterThan(0);
    expect(outputs.filter(({ output_type }) => output_type === "error").length).toBe(0);
    expect(outputs.filter(({ data }) => data && "image/svg+xml" in data).length).toBe(0);
  });

  it("no output shows a folder of the machine that executed the notebook", () => {
    const words = code
      .flatMap((cell) => cell.outputs ?? [])
      .map(({ data, ...rest }) => ({ ...rest, ...data, "image/png": null }));
    expect(JSON.stringify(words)).not.toMatch(/(['"` (]|[A-Z]:)[/\\]+[\w.-]+[/\\]+[\w.-]+[/\\]/);
  });
});

it("the cells of the notebooks have no type errors", () => {
  const codeOf = (cells: readonly Cell[]) => cells.filter(({ cell_type }) => cell_type === "code").map(text);
  const modules = notebooks.map(({ name, cells }) => [name, codeOf(cells).join("\n")]);
  expect(typeErrors(Object.fromEntries(modules))).toEqual(Object.fromEntries(notebooks.map(({ name }) => [name, []])));
});

describe("this test", () => {
  it("rows that are not of the type that a function takes are type errors", () => {
    const code = (
      rows: string,
    ) => `import { type Row, runInNotebook, surprise, zerosByEpochTable, zeros } from "nonsmooth";
const [first, second] = [await runInNotebook(surprise), await runInNotebook(zeros)];
const rows: readonly Row[] = first.rows;
zerosByEpochTable(${rows});`;
    const { right, wrong, untyped } = typeErrors({
      right: code("second.rows"),
      wrong: code("first.rows"),
      untyped: code("rows"),
    });
    expect(right).toEqual([]);
    for (const errors of [wrong, untyped]) expect(errors).toEqual([expect.stringContaining("is not assignable")]);
  });

  it("every definition is found with its number of lines", () => {
    const code = `function one() {
  return { method() {} };
}
const two = () => 2;
list.map((x) => {
  return x;
});
class Three {
  four() {}
}`;
    expect(definitionsOf(code)).toEqual([
      { name: "one", lines: 3 },
      { name: "method", lines: 1 },
      { name: "two", lines: 1 },
      { name: "(x) => {", lines: 3 },
      { name: "Three", lines: 3 },
      { name: "four", lines: 1 },
    ]);
  });

  it("an import whose name only stands elsewhere is unused", () => {
    const code = `import a, { b, c as d, type E, f, g, h, i } from "x";
import * as j from "y";
a.b(d.b, f, { g, h: 1 });
const { i: k }: E = j;`;
    expect(unusedImports(code)).toEqual(["b", "h", "i"]);
  });
});
