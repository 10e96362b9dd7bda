import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  anyRows,
  configHash,
  integer,
  openRun,
  type Row,
  type RunStore,
  readManifest,
  rowSchema,
  text,
} from "../../src/runs";
import { temporaryFolder } from "./folder";

import { config, interrupted, open, order, row, rows } from "./toy";

describe("configHash", () => {
  it("the hash of a configuration is the SHA-256 of canonical JSON", () => {
    const text = '{"config":{"seed":3,"slopes":[0,1]},"experiment":"toy"}';
    expect(configHash("toy", config)).toBe(createHash("sha256").update(text).digest("hex"));
    expect(configHash("toy", { seed: 3, slopes: [0, 1] })).toBe(configHash("toy", config));
    expect(configHash("toy", { slopes: [-0, 1], seed: 3 })).not.toBe(configHash("toy", config));
    expect(() => configHash("toy", { loss: () => 0 })).toThrow("config: must be plain data");
  });
});

describe("a run folder", () => {
  it("a run folder has the hash in its name, and its manifest tells what it is", () => {
    const runs = temporaryFolder();
    const store = open(runs, { environment: { engine: "reference" } });
    expect(store.directory).toBe(join(runs, "toy", configHash("toy", config).slice(0, 12)));
    store.record({ threads: 1 });
    store.append(row(0));
    store.stop("failed", "the engine gave up");
    const manifest = readManifest(store.directory)!;
    expect(manifest).toMatchObject({
      experiment: "toy",
      config,
      hash: store.hash,
      status: "failed",
      sessions: 1,
      rows: 1,
    });
    expect(manifest).toMatchObject({ reason: "the engine gave up", files: ["rows.jsonl"], notes: [] });
    expect(manifest.environment).toEqual({ engine: "reference", threads: 1 });
    expect(manifest.provenance.node).toBe(process.versions.node);
    expect(Date.parse(manifest.finished!)).toBeGreaterThanOrEqual(Date.parse(manifest.started));
    expect(readdirSync(store.directory).sort()).toEqual(["manifest.json", "rows.jsonl"]);
  });

  it("a run goes on where it stopped, and ends with the bytes of an undisturbed run", async () => {
    const { runs } = interrupted();
    const again = open(runs);
    expect(again.rows).toEqual([row(2), row(0), row(1)]);
    expect([again.has("row 1"), again.has("row 3")]).toEqual([true, false]);
    again.append(row(3));
    const manifest = await again.finish({ summary: { worst: Number.NaN } });
    expect(manifest).toMatchObject({ status: "done", sessions: 2, rows: 4, files: ["rows.jsonl", "rows.parquet"] });
    expect(manifest.reason).toBeUndefined();
    expect(readManifest(again.directory)?.summary).toEqual({ worst: Number.NaN });

    const descending = { ...rows, order: (a: Row, b: Row) => order(b, a) };
    const other = open(temporaryFolder(), { rows: descending });
    for (const i of [0, 1, 2, 3]) other.append(row(i));
    const { summary } = await other.finish({ summary: (all: readonly Row[]) => all.map((r) => r.i) });
    expect(summary).toEqual([3, 2, 1, 0]);
    await open(join(other.directory, "..", "..")).finish();
    for (const file of ["rows.jsonl", "rows.parquet"]) {
      expect(readFileSync(join(again.directory, file)).equals(readFileSync(join(other.directory, file)))).toBe(true);
    }
    expect(again.rows.map((r) => r.i)).toEqual([0, 1, 2, 3]);
  });

  it("rows that the experiment's order does not tell apart are ordered by their keys", async () => {
    const contents: string[] = [];
    for (const arrival of [
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const store = open(temporaryFolder(), { rows: { ...rows, order: () => 0 } });
      for (const i of arrival) store.append(row(i));
      await store.finish();
      contents.push(readFileSync(join(store.directory, "rows.jsonl"), "utf8"));
    }
    expect(contents[0]).toBe(contents[1]);
  });

  it("a run is closed after it has finished", async () => {
    const store = open(temporaryFolder());
    store.append(row(0));
    await store.finish();
    store.stop("failed", "does nothing");
    expect(readManifest(store.directory)?.status).toBe("done");
    expect(() => store.append(row(1))).toThrow("is closed, open it again");
    await expect(store.finish()).rejects.toThrow("is closed, open it again");
  });

  it("seconds are summed over sessions, and a run may finish without rows", async () => {
    const runs = temporaryFolder();
    const first = open(runs);
    await new Promise((resolve) => setTimeout(resolve, 20));
    first.stop("interrupted");
    const before = readManifest(first.directory)!.seconds;
    const manifest = await open(runs).finish();
    expect(before).toBeGreaterThan(0.015);
    expect(manifest.seconds).toBeGreaterThan(before);
    expect(manifest.files).toEqual(["rows.jsonl"]);
  });

  it("a row is kept as it was appended, even if the caller changes it later", () => {
    const store = open(temporaryFolder());
    const mine = { ...row(1) } as Record<string, number | string>;
    store.append(mine);
    mine.i = 9;
    expect(store.rows[0]?.i).toBe(1);
    store.stop("interrupted");
  });

  it("a key given twice, a row without key, and a name that is no folder are refused", () => {
    const store = open(temporaryFolder());
    store.append(row(0));
    expect(() => store.append(row(0))).toThrow('row: must have a key of its own, got "row 0"');
    expect(() => store.append({ i: 1 })).toThrow(
      'row: must have the column key, which is part of its key, got {"i":1}',
    );
    expect(store.rows).toHaveLength(1);
    store.stop("interrupted");
    const keyed = open(temporaryFolder(), { rows: anyRows("i") });
    keyed.append({ i: 1 });
    expect(keyed.has("1")).toBe(true);
    keyed.stop("interrupted");
    expect(() => open(temporaryFolder(), { experiment: "../toy" })).toThrow("experiment: its name must be letters");
  });
});

describe("a damaged run folder", () => {
  it("a torn last line is dropped, and a note says so", () => {
    const { runs, rowsFile } = interrupted();
    const whole = readFileSync(rowsFile, "utf8");
    appendFileSync(rowsFile, '{"key":"row 3","i":3,"val');
    const store = open(runs);
    expect(store.rows).toHaveLength(3);
    expect(store.notes).toEqual(["dropped a torn last line of 25 bytes from rows.jsonl"]);
    expect(readFileSync(rowsFile, "utf8")).toBe(whole);
    store.append(row(3));
    store.stop("interrupted");
    expect(readManifest(store.directory)?.notes).toEqual(store.notes);
    const again = open(runs);
    expect(again.rows).toHaveLength(4);
    again.stop("interrupted");
  });

  it("a broken line in the middle of the rows is named by its number", () => {
    const { runs, rowsFile } = interrupted();
    const lines = readFileSync(rowsFile, "utf8").split("\n");
    for (const broken of ['{"key":', "[1]", "null"]) {
      writeFileSync(rowsFile, [lines[0], broken, ...lines.slice(1)].join("\n"));
      expect(() => open(runs)).toThrow(
        `rows.jsonl, line 2: must be a JSON object, got ${JSON.stringify(broken)}\nHint: repair`,
      );
    }
  });

  it("a row that does not fit the experiment's columns is refused, with file and line", () => {
    const { runs, rowsFile } = interrupted();
    const declared = rowSchema({
      given: { key: text("") },
      found: { i: integer(""), value: integer("") },
      key: ["key"],
    });
    const openDeclared = () => openRun({ experiment: "toy", config, directory: runs, rows: declared });
    expect(openDeclared).toThrow(
      `${rowsFile}, line 1: its value must be a whole number, got 0.2857142857142857\nHint: rows of another version`,
    );
    const before = '{"value":4,"i":3,"key":"row 3"}\n';
    writeFileSync(rowsFile, before);
    const store = openDeclared();
    const wrong: Row = { key: "row 4", i: 4, value: 0.5 };
    // as a caller without types may
    expect(() => (store as RunStore).append(wrong)).toThrow("row: its value must be a whole number, got 0.5");
    expect(readFileSync(rowsFile, "utf8")).toBe(before);
    store.append({ value: 5, key: "row 4", i: 4 });
    store.stop("interrupted");
    expect(store.rows).toEqual([
      { key: "row 3", i: 3, value: 4 },
      { key: "row 4", i: 4, value: 5 },
    ]);
    expect(readFileSync(rowsFile, "utf8")).toBe(`${before}{"key":"row 4","i":4,"value":5}\n`);
  });

  it("repeated rows are dropped, and two different rows with one key are refused", () => {
    const { runs, rowsFile } = interrupted();
    const line = readFileSync(rowsFile, "utf8").split("\n")[0];
    appendFileSync(rowsFile, `${line}\n`);
    const store = open(runs);
    expect(store.rows).toHaveLength(3);
    expect(store.notes).toEqual(["dropped 1 repeated rows"]);
    store.stop("interrupted");
    appendFileSync(rowsFile, `{"key":"row 2","i":2,"value":5}\n`);
    expect(() => open(runs)).toThrow('rows.jsonl: two different rows have the same key, got "row 2"');
  });

  it("a manifest that is broken or of another configuration is refused", () => {
    const { runs, rowsFile } = interrupted();
    const path = join(rowsFile, "..", "manifest.json");
    const manifest = readFileSync(path, "utf8");
    const other = configHash("toy", { n: 1 });
    writeFileSync(path, manifest.replace(/"hash": ".*"/, `"hash": "${other}"`));
    expect(() => open(runs)).toThrow(`manifest.json: its configuration must be that of its hash, ${other}, got "`);
    const copied = { ...JSON.parse(manifest), config: { n: 1 }, hash: other };
    writeFileSync(path, JSON.stringify(copied));
    expect(() => open(runs)).toThrow(
      new RegExp(`its manifest must be of the configuration [0-9a-f]{64}, got "${other}"\nHint: it was copied`),
    );
    writeFileSync(path, manifest.slice(0, 50));
    expect(() => open(runs)).toThrow("manifest.json: must be a manifest in JSON");
    writeFileSync(path, "{}");
    expect(() => open(runs)).toThrow("manifest.json: experiment must be text, got undefined");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(manifest), notes: "none" }));
    expect(() => open(runs)).toThrow('manifest.json: notes must be a list, got "none"');
    const fresh = open(runs, { fresh: true });
    fresh.stop("interrupted");
    expect(readManifest(fresh.directory)?.hash).toBe(configHash("toy", config));
  });

  it("a run begins anew with fresh, and a note says what was removed", async () => {
    const { runs, rowsFile } = interrupted();
    const bystander = join(rowsFile, "..", "mine.txt");
    writeFileSync(bystander, "kept");
    await open(runs).finish();
    const store = open(runs, { fresh: true });
    expect(store.rows).toEqual([]);
    expect(store.notes).toEqual(["fresh: removed 3 earlier rows"]);
    expect(existsSync(bystander)).toBe(true);
    store.append(row(0));
    store.stop("interrupted");
    expect(readManifest(store.directory)).toMatchObject({ rows: 1, sessions: 1, files: ["rows.jsonl"] });
  });

  it("a look at a finished run leaves the origin of its rows as it was", async () => {
    const { runs, rowsFile } = interrupted();
    await open(runs).finish();
    const path = join(rowsFile, "..", "manifest.json");
    writeFileSync(path, readFileSync(path, "utf8").replace(/"commit": .*,/, '"commit": "abc",'));
    const before = readManifest(join(rowsFile, ".."))!;
    const after = await open(runs).finish();
    expect([after.provenance, after.notes]).toEqual([before.provenance, before.notes]);
    const store = open(runs);
    expect(store.notes).toEqual([]);
    store.append(row(7));
    const { provenance, notes } = await store.finish();
    expect(provenance.commit).not.toBe("abc");
    expect(notes).toContainEqual(expect.stringMatching(/^the first 3 rows come from commit abc/));
  });

  it.each([
    ["true", ", with uncommitted changes"],
    ["false", ", without uncommitted changes"],
    ["null", ""],
  ])("a note says which rows come from another commit (dirty: %s)", (dirty, words) => {
    const { runs, rowsFile } = interrupted();
    const path = join(rowsFile, "..", "manifest.json");
    const [text, changes] = [readFileSync(path, "utf8"), /"dirty": \w+/];
    expect(text).toMatch(changes);
    writeFileSync(path, text.replace(/"commit": .*,/, '"commit": "abc",').replace(changes, `"dirty": ${dirty}`));
    const store = open(runs);
    expect(store.notes).toEqual([`the first 3 rows come from commit abc${words}`]);
    store.stop("interrupted");
  });
});
