/** The declared kinds of experiments' columns against the committed rows: what a run without a value has is what others hold. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { columnsOf, experiments } from "../../src/experiments";
import { readManifest, readRows } from "../../src/runs";
import { cellKinds } from "../../src/runs/kinds";
import { projectRoot } from "../../src/util";

const folder = join(projectRoot, "data", "results");
const committed = readdirSync(folder)
  .filter((name) => existsSync(join(folder, name, "manifest.json")))
  .map((name) => ({
    experiment: readManifest(join(folder, name))!.experiment,
    path: join(folder, name, "rows.jsonl"),
  }));

describe.each(experiments.filter(({ columns }) => columns))("$name", ({ name }) => {
  const files = committed.filter(({ experiment }) => experiment === name);

  it("declares kinds of columns that committed rows have, of the kind that they have", () => {
    expect(files).not.toEqual([]);
    for (const { path } of files) {
      const { rows } = readRows(path);
      const kinds = cellKinds(rows);
      for (const [column, kind] of Object.entries(columnsOf(name)!)) {
        expect([...kinds.keys()]).toContain(column);
        if (kinds.get(column) !== "empty") expect([column, kinds.get(column)]).toEqual([column, kind]);
      }
    }
  });
});

it("knows no columns of an experiment that is not ours", () => {
  expect(columnsOf("somebody-elses")).toBeUndefined();
});

it("leaves no committed column without a kind, but for texts", () => {
  const empty = committed.flatMap(({ experiment, path }) =>
    [...cellKinds(readRows(path).rows, columnsOf(experiment))]
      .filter(([, kind]) => kind === "empty")
      .map(([name]) => name),
  );
  expect([...new Set(empty)].sort()).toEqual(["label", "reason"]);
});
