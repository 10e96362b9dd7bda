/** What experiments declare of their columns, against the committed rows: what a run without a value has is what others hold. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { columnsOf, experiment, experiments } from "../../src/experiments";
import { readManifest, readRows } from "../../src/runs";
import { cellKinds } from "../../src/runs/kinds";
import { projectRoot } from "../../src/util";

const folder = join(projectRoot, "data", "results");
const committed = readdirSync(folder)
  .filter((name) => existsSync(join(folder, name, "manifest.json")))
  .map((name) => ({
    name,
    experiment: readManifest(join(folder, name))!.experiment,
    path: join(folder, name, "rows.jsonl"),
  }));

describe.each([...experiments])("$name", ({ rows: { columns } }) => {
  const meanings = Object.entries(columns).map(([name, { meaning }]) => [name, meaning] as const);

  it("each column has a meaning in words, without names of code", () => {
    expect(meanings.length).toBeGreaterThan(5);
    for (const [name, meaning] of meanings) {
      expect(meaning, name).toMatch(/^\S.*\p{L}.*\S$/u);
      // names of code are no words; these two are
      expect(meaning.replaceAll(/ReLU|NaN/g, "").match(/\p{Ll}\p{Lu}/u), name).toBeNull();
    }
  });

  it("no two columns have the same meaning", () => {
    expect(new Set(meanings.map(([, meaning]) => meaning)).size).toBe(meanings.length);
  });
});

it("every experiment has committed rows, except the one that chooses settings", () => {
  const without = experiments.filter(({ name }) => !committed.some((run) => run.experiment === name));
  expect(without.map(({ name }) => name)).toEqual(["learning-rate-search"]);
});

describe.each(committed)("the committed rows of $name", ({ experiment: name, path }) => {
  const { columns, key, order, check } = experiment(name).rows;
  const { rows } = readRows(path);

  it("committed rows have the cells of their experiment, in the order of its columns", () => {
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(Object.entries(check(row))).toEqual(Object.entries(row));
  });

  it("committed rows have different keys and stand in order", () => {
    expect(new Set(rows.map(key)).size).toBe(rows.length);
    for (const [i, row] of rows.slice(1).entries()) expect(order(rows[i]!, row)).toBeLessThan(0);
  });

  it("cells of committed rows have the declared kinds, and no wider ones", () => {
    const kinds = cellKinds(rows, columns);
    for (const [column, { kind }] of Object.entries(columns))
      if (kind !== "empty") expect([column, kinds.get(column)]).toEqual([column, kind]);
    expect([...kinds.values()]).not.toContain("empty");
  });
});

it("an experiment of somebody else has no known columns", () => {
  expect(columnsOf("somebody-elses")).toBeUndefined();
});
