/** What one's own problem takes outside the library: the pages, their notebooks, and the lines of their programs. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../src/util";
import { documents } from "./documents";

const docs = join(projectRoot, "docs");
const table = readFileSync(join(docs, "own-problem.md"), "utf8");
const rows = [...table.matchAll(/^\| .+ \| \[(own-.+\.md)\]\((.+)\) \| \[(\d+)\]\((.+)\) \| ([\d, ]+) \|$/gm)].map(
  ([, name, page, number, notebook, lines]) => ({ name, page: page!, number, notebook: notebook!, lines }),
);

const programsOf = (page: string) =>
  [...readFileSync(join(docs, page), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);

/** Lines without imports, blank lines and comments. */
function linesOf(code: string): number {
  const file = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  const lines = new Set<number>();
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) continue;
    const place = (position: number) => file.getLineAndCharacterOfPosition(position).line;
    for (let line = place(statement.getStart()); line <= place(statement.end); line++) lines.add(line);
  }
  const text = code.split("\n");
  return [...lines].filter((line) => text[line]!.trim() !== "" && !text[line]!.trim().startsWith("//")).length;
}

it("the table has a row for each page of one's own", () => {
  const pages = documents.filter((document) => document.startsWith("docs/own-") && document !== "docs/own-problem.md");
  expect(rows.map(({ page }) => `docs/${page}`)).toEqual(pages);
  expect(rows.length).toBe(5);
});

describe.each(rows)("$page", ({ name, page, number, notebook, lines }) => {
  it("its programs take the lines that the table says, 50 at most", () => {
    expect(name).toBe(page);
    const counted = programsOf(page).map(linesOf);
    expect(counted.join(", ")).toBe(lines);
    for (const count of counted) expect(count).toBeLessThanOrEqual(50);
  });

  it("its notebook is there, and leads to the page", () => {
    expect(notebook).toContain(`/${number}-own-`);
    const path = join(docs, notebook);
    expect(existsSync(path)).toBe(true);
    expect(readFileSync(path, "utf8")).toContain(`(../docs/${page})`);
  });
});

it("the definition of an experiment takes 20 to 40 lines, its figure included", () => {
  const [code] = programsOf("own-experiment.md");
  const definition = code!.slice(0, code!.indexOf("const runs ="));
  expect(linesOf(definition)).toBeGreaterThan(20);
  expect(linesOf(definition)).toBeLessThanOrEqual(40);
});
