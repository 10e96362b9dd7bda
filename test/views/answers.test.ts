/** The notebooks of trainings begin with their answer, in the numbers of the README's table of results, and its picture. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../../src/util";

interface NotebookCell {
  readonly id: string;
  readonly cell_type: string;
  readonly source: readonly string[];
}

const folder = join(projectRoot, "notebooks");
const readme = readFileSync(join(projectRoot, "README.md"), "utf8");

function cellsOf(number: string): NotebookCell[] {
  const name = readdirSync(folder).find((file) => file.startsWith(`${number}-`))!;
  return JSON.parse(readFileSync(join(folder, name), "utf8")).cells;
}

const results = (number: string) => readme.split("\n").filter((line) => line.includes(`| [${number}](notebooks/`));

/** "−0.13", "200", "0.03", without the 0 of ReLU'(0). */
const numbers = (text: string) => text.replaceAll("ReLU'(0)", "").match(/−?\d+(\.\d+)?/g) ?? [];

it.each(["04", "05", "07", "08", "10"])("notebook %s", (number) => {
  const first = cellsOf(number)[0]!.source.join("");
  const [title, answer, picture] = first.split("\n\n") as [string, string, string];
  expect(title).toMatch(/^# /);
  expect(answer).toMatch(/^\*\*.+\*\*$/s);
  const known = new Set(results(number).flatMap(numbers));
  const names = new Set(["18", "11"]);
  expect(numbers(answer).filter((one) => !known.has(one) && !names.has(one))).toEqual([]);
  expect(numbers(answer).length).toBeGreaterThan(1);
  // a rehearsal has no picture
  if (number === "08") return;
  const [, path] = /^!\[[^\]]+\]\(([^)]+)\)$/.exec(picture)!;
  expect(existsSync(join(folder, path!))).toBe(true);
});

it.each(["04", "05", "07", "08", "10"])("the cells of notebook %s are plain", (number) => {
  const code = cellsOf(number).filter(({ cell_type }) => cell_type === "code");
  expect(code.length).toBeGreaterThan(3);
  for (const { id, source } of code) {
    expect(source.join(""), id).not.toMatch(/\bany\b|\brequire\(/);
    for (const line of source) expect(line.trimEnd().length, `${id}: ${line}`).toBeLessThanOrEqual(110);
  }
});
