/** The rows and manifests in data/results/, which nothing may change: whole, in order, and as they would be written now. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { experiment } from "../src/experiments";
import { encode, readRows } from "../src/runs";
import { encodeRow } from "../src/runs/encoding";
import { manifestOf, results } from "./helpers/rows";

const committed = readdirSync(results).filter((name) => existsSync(join(results, name, "manifest.json")));

describe.each(committed)("data/results/%s", (name) => {
  const file = join(results, name, "rows.jsonl");

  it("the rows are those of the experiment, byte for byte as they would be written now", () => {
    const { rows: schema } = experiment(manifestOf(name).experiment);
    const { rows } = readRows(file);
    expect(rows).toHaveLength(manifestOf(name).rows);
    const inOrder = Object.keys(schema.columns).join();
    expect([...new Set(rows.map((row) => Object.keys(row).join()))]).toEqual([inOrder]);
    const written = rows.map((row) => `${encodeRow(schema.check(row))}\n`).join("");
    expect(written === readFileSync(file, "utf8")).toBe(true);
  });

  it("each row is there once, in the order of the experiment", () => {
    const { rows: schema } = experiment(manifestOf(name).experiment);
    const keys = readRows(file).rows.map((row) => schema.key(row));
    expect(new Set(keys).size).toBe(keys.length);
    const sorted = readRows(file).rows.toSorted(schema.order);
    expect(sorted.map((row) => schema.key(row))).toEqual(keys);
  });

  it("nothing of the manifest is lost when it is read", () => {
    const text = readFileSync(join(results, name, "manifest.json"), "utf8");
    const { earlierCode, ...rest } = manifestOf(name);
    // old manifests have a note only
    const whole = "earlierCode" in JSON.parse(text) ? manifestOf(name) : rest;
    expect(`${JSON.stringify(JSON.parse(encode(whole)), null, 2)}\n`).toBe(text);
  });
});

it("earlier code is read of the runs whose manifest or notes tell of it, and of no others", () => {
  const commit = "3432661f9428eb5b74f8721f493676bf4160a655";
  const earlier = committed.map((name) => [name, manifestOf(name).earlierCode]);
  expect(earlier.filter(([, code]) => code !== undefined)).toEqual([
    ["law", [{ rows: 5224, commit: "0b55f47266598f15db990e7b21925fdf42637e1f", dirty: false }]],
    ["training-cifar10", [{ rows: 10, commit, dirty: null }]],
    ["training-mnist", [{ rows: 18, commit, dirty: null }]],
  ]);
});
