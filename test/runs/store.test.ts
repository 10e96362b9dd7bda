import { createHash } from "node:crypto";
import fs, {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  anyRows,
  type Config,
  configHash,
  integer,
  type OpenRunOptions,
  openRun,
  type Row,
  type RunStore,
  readManifest,
  rowSchema,
  text,
} from "../../src/runs";
import { temporaryFolder, until } from "./folder";

const config: Config = { slopes: [0, 1], seed: 3 };
const order = (a: Row, b: Row) => Number(a.i) - Number(b.i);
const rows = { ...anyRows("key"), order };
const row = (i: number): Row => ({ key: `row ${i}`, i, value: i % 3 === 0 ? Number.NaN : i / 7 });

function open(directory: string, more: Partial<OpenRunOptions> = {}) {
  return openRun({ experiment: "toy", config, directory, rows, ...more });
}

/** The folder of an interrupted run with three rows. */
function interrupted(): { runs: string; rowsFile: string } {
  const runs = temporaryFolder();
  const store = open(runs);
  for (const i of [2, 0, 1]) store.append(row(i));
  store.stop("interrupted", "interrupted, run again to continue");
  return { runs, rowsFile: join(store.directory, "rows.jsonl") };
}

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

describe("a run folder that cannot be written", () => {
  it("a full disk is reported, and the rows so far are safe", () => {
    const { runs } = interrupted();
    const store = open(runs);
    const { writeFileSync: write } = fs;
    // of the rows file, whose number is known, each write finds the disk full
    fs.writeFileSync = (file, ...rest) => {
      if (typeof file === "number")
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      write(file, ...rest);
    };
    syncBuiltinESMExports();
    const full = "run folder: the disk is full; the rows so far are safe, run again to continue\nHint: make room for";
    expect(() => store.append(row(3))).toThrow(full);
    // nothing may follow a line that is there in part
    expect(() => store.append(row(4))).toThrow(full);
    expect(store.rows).toHaveLength(3);
    fs.writeFileSync = write;
    syncBuiltinESMExports();
    store.stop("failed", "disk full");
    const again = open(runs);
    expect(again.rows).toHaveLength(3);
    again.stop("interrupted");
  });

  it.skipIf(process.platform === "win32")("a read-only folder is refused", () => {
    const runs = temporaryFolder();
    const root = process.geteuid!() === 0;
    chmodSync(runs, 0o555);
    // permissions do not bind root
    if (root) process.seteuid!(65534);
    try {
      expect(() => open(runs)).toThrow(/^run folder: must be writable, got ".*/);
    } finally {
      if (root) process.seteuid!(0);
      chmodSync(runs, 0o755);
    }
  });

  it.skipIf(process.platform === "win32")(
    "a finished run in a read-only folder is shown, and nothing is written",
    async () => {
      const { runs, rowsFile } = interrupted();
      await open(runs).finish({ summary: 1 });
      const folder = join(rowsFile, "..");
      const content = () => readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]);
      const before = content();
      const root = process.geteuid!() === 0;
      for (const place of [folder, runs]) chmodSync(place, 0o555);
      if (root) process.seteuid!(65534);
      try {
        const store = open(runs);
        expect([store.rows.length, store.has("row 1"), store.notes]).toEqual([
          3,
          true,
          ["the run is done, and its folder cannot be written: it is shown as it is"],
        ]);
        store.record({ engine: "other" });
        expect(() => store.append(row(7))).toThrow(/^run folder: must be writable, got ".*/);
        const finished = await store.finish({ summary: (some: readonly Row[]) => some.length });
        expect(finished).toMatchObject({ status: "done", summary: 3, sessions: 2 });
        expect(() => open(runs, { fresh: true })).toThrow(/^run folder: must be writable, got ".*/);
        expect(() => open(runs, { config: { seed: 4 } })).toThrow(/^run folder: must be writable, got ".*/);
      } finally {
        if (root) process.seteuid!(0);
        for (const place of [folder, runs]) chmodSync(place, 0o755);
      }
      expect(content()).toEqual(before);
    },
  );

  it("a file in the place of the folder is refused", () => {
    const runs = temporaryFolder();
    writeFileSync(join(runs, "toy"), "");
    expect(() => open(runs)).toThrow("run folder: must be a folder, not a file, got");
  });
});

describe("what else may be in a run folder", () => {
  it("nothing is written through a link that was put in the place of a temporary file", async () => {
    const { runs, rowsFile } = interrupted();
    const mine = join(runs, "mine.txt");
    writeFileSync(mine, "kept");
    for (const file of ["manifest.json", "rows.jsonl", "rows.parquet"])
      symlinkSync(mine, join(rowsFile, "..", `${file}.tmp`));
    await open(runs).finish();
    expect(readFileSync(mine, "utf8")).toBe("kept");
  });

  it("what killed writers left is removed at the next start, and nothing else", () => {
    const { runs, rowsFile } = interrupted();
    const folder = join(rowsFile, "..");
    for (const file of ["manifest.json.0123456789ab.tmp", "rows.parquet.0123456789ab.tmp", "mine.0123456789ab.tmp"])
      writeFileSync(join(folder, file), "half");
    open(runs).stop("interrupted");
    expect(readdirSync(folder).filter((file) => file.endsWith(".tmp"))).toEqual(["mine.0123456789ab.tmp"]);
  });

  it("rows of no run that the configuration asks for are set aside, once", () => {
    const { runs, rowsFile } = interrupted();
    const stray = (some: readonly Row[]) => some.filter(({ i }) => Number(i) > 9);
    const kept = readFileSync(rowsFile, "utf8");
    const foreign = `{"key":"row 12","i":12,"value":3}\n`;
    appendFileSync(rowsFile, foreign);
    const note =
      "set aside in stray.jsonl: 1 of 4 rows is of no run that the configuration asks for, the first with the key row 12";
    for (const notes of [[note], []]) {
      const store = open(runs, { stray });
      expect([store.rows.length, store.notes]).toEqual([3, notes]);
      store.stop("interrupted");
      expect(readFileSync(rowsFile, "utf8")).toBe(kept);
      expect(readFileSync(join(rowsFile, "..", "stray.jsonl"), "utf8")).toBe(foreign);
    }
  });

  it.each(["manifest.json", "rows.jsonl", "rows.parquet"])("a folder in the place of %s is one line", async (file) => {
    const { runs, rowsFile } = interrupted();
    const place = join(rowsFile, "..", file);
    if (existsSync(place)) unlinkSync(place);
    mkdirSync(place);
    await expect((async () => open(runs).finish())()).rejects.toThrow(`${place}: must be a file, got "a folder"`);
  });
});

describe("the lock", () => {
  it("a second writer of the same process is kept out until the first has closed", () => {
    const runs = temporaryFolder();
    const first = open(runs);
    expect(() => open(runs)).toThrow("run folder: has one writer at a time, and this process is writing to it, got");
    first.append(row(0));
    first.stop("interrupted");
    open(runs).stop("interrupted");
  });

  it("a lock of a process that is gone, or whose number another one has now, counts for nothing", () => {
    const runs = temporaryFolder();
    const { directory } = open(runs);
    for (const file of readdirSync(directory)) if (file.startsWith("lock.")) unlinkSync(join(directory, file));
    // the parent lives, but did not start at tick 1; no process has the largest number
    if (process.platform === "linux") writeFileSync(join(directory, `lock.${process.ppid}.1`), "");
    writeFileSync(join(directory, "lock.2147483647.5"), "");
    const store = open(runs);
    expect(readdirSync(directory).filter((file) => file.startsWith("lock."))).toHaveLength(1);
    store.stop("interrupted");
    expect(readdirSync(directory).filter((file) => file.startsWith("lock."))).toHaveLength(0);
  });

  it("a writer whose lock was taken over writes nothing more", () => {
    const runs = temporaryFolder();
    const store = open(runs);
    store.append(row(0));
    for (const file of readdirSync(store.directory))
      if (file.startsWith("lock.")) unlinkSync(join(store.directory, file));
    expect(() => store.append(row(1))).toThrow("run folder: was taken over by another writer");
    store.stop("failed");
    expect(readManifest(store.directory)?.status).toBe("running");
    expect(readFileSync(join(store.directory, "rows.jsonl"), "utf8").split("\n")).toHaveLength(2);
  });

  it("a lock is rewritten while it is held, and says host and time", async () => {
    const store = open(temporaryFolder());
    const { directory } = store;
    const path = join(directory, readdirSync(directory).find((file) => file.startsWith("lock."))!);
    const first = readFileSync(path, "utf8");
    expect(first).toMatch(new RegExp(`^${hostname()} \\d{4}-\\d\\d-\\d\\dT.*Z \\d+\\n$`));
    expect(await until(() => readFileSync(path, "utf8") !== first, 8000)).toBe(true);
    expect(readFileSync(path, "utf8").split(" ").slice(0, 2)).toEqual(first.split(" ").slice(0, 2));
    store.stop("interrupted");
  }, 10_000);

  it("the lock is given back when opening fails", () => {
    const { runs, rowsFile } = interrupted();
    writeFileSync(rowsFile, "broken\n");
    expect(() => open(runs)).toThrow("line 1");
    expect(() => open(runs)).toThrow("line 1");
  });
});
