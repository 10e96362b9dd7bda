/** Shards of a toy run: their folders, who may write to them, and how they are put together. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  compareEntries,
  listRuns,
  query,
  readManifest,
  requireShard,
  type Shard,
  shardDirectory,
} from "../../src/runs";
import { temporaryFolder } from "./folder";
import { of, only, open, row, shard } from "./toy";

async function undivided(rows: readonly number[]): Promise<string> {
  const store = open(temporaryFolder());
  for (const i of rows) store.append(row(i));
  await store.finish();
  return readFileSync(join(store.directory, "rows.jsonl"), "utf8");
}

describe("a run in shards", () => {
  it("is one run to its readers, with its shards and those that are missing", async () => {
    const runs = temporaryFolder();
    await shard(runs, of(1, 3), [0, 3]);
    await shard(runs, of(3, 3), [2], "failed");
    const entry = only(runs);
    expect(entry).toMatchObject({ status: "failed", rows: 3, manifest: { rows: 3, sessions: 2 } });
    expect(entry.shards).toMatchObject([
      { index: 1, status: "done", rows: 2 },
      { index: 2, status: "missing", rows: 0 },
      { index: 3, status: "failed", rows: 1, manifest: { reason: "a reason" } },
    ]);
    expect(await query('SELECT i FROM "toy" ORDER BY i', { runs })).toEqual([{ i: 0 }, { i: 2 }, { i: 3 }]);
    expect(await query("SELECT status, rows FROM runs", { runs })).toEqual([{ status: "failed", rows: 3 }]);
  });

  it("is done once all shards of a division are, and has the undivided bytes once it is opened", async () => {
    const runs = temporaryFolder();
    for (const [index, rows] of [[4, 2], [0, 3], [1]].entries()) await shard(runs, of(index + 1, 3), rows);
    expect(only(runs)).toMatchObject({ status: "done", rows: 5 });
    const store = open(runs);
    expect(store.notes).toEqual(["put together from 3 shards"]);
    const manifest = await store.finish();
    expect(readFileSync(join(store.directory, "rows.jsonl"), "utf8")).toBe(await undivided([0, 1, 2, 3, 4]));
    expect(readdirSync(store.directory).sort()).toEqual(["manifest.json", "rows.jsonl", "rows.parquet"]);
    expect(manifest.environment.shards).toMatchObject([
      { shard: "1/3", rows: 2, status: "done" },
      { shard: "2/3", rows: 2 },
      { shard: "3/3", rows: 1 },
    ]);
    expect(manifest).not.toHaveProperty("shard");
    expect(manifest).not.toHaveProperty("earlierCode");
  });

  it("keeps what its shards keep: checkpoints and weights of their units", async () => {
    const runs = temporaryFolder();
    const folder = await shard(runs, of(1, 2), [0], "interrupted");
    for (const kind of ["checkpoints", "weights"]) {
      mkdirSync(join(folder, kind));
      writeFileSync(join(folder, kind, "unit 1"), kind);
    }
    const { directory } = open(runs);
    for (const kind of ["checkpoints", "weights"])
      expect(readFileSync(join(directory, kind, "unit 1"), "utf8")).toBe(kind);
  });

  it("has one writer for each shard, and none for the whole beside them", async () => {
    const runs = temporaryFolder();
    const first = open(runs, { shard: of(1, 2) });
    expect(() => open(runs, { shard: of(1, 2) })).toThrow("run folder: has one writer at a time, and this process");
    const second = open(runs, { shard: of(2, 2) });
    const rule = /must not be at work in shards at the same time, and process \d+ is at work on shard 1\/2/;
    expect(() => open(runs)).toThrow(rule);
    expect(() => open(runs, { fresh: true })).toThrow(rule);
    expect(only(runs)).toMatchObject({ status: "running", shards: [{ status: "running" }, { status: "running" }] });
    await first.finish();
    second.append(row(1));
    second.stop("interrupted");
    const whole = open(runs);
    expect(() => open(runs, { shard: of(2, 2) })).toThrow(/has one writer at a time, and process \d+ is writing to it/);
    expect(whole.rows).toEqual([row(1)]);
    await whole.finish();
    expect(readdirSync(whole.directory).sort()).toEqual(["manifest.json", "rows.jsonl", "rows.parquet"]);
    expect(only(runs)).toMatchObject({ status: "done", rows: 1 });
  });

  it("does nothing for a shard of a run that is done", async () => {
    const runs = temporaryFolder();
    const whole = open(runs);
    whole.append(row(0));
    await whole.finish();
    const store = open(runs, { shard: of(2, 4) });
    expect(store.notes).toEqual(["the run is done, and so is its shard"]);
    expect(store.rows).toEqual([row(0)]);
    expect(existsSync(join(whole.directory, "shards"))).toBe(false);
    expect(() => open(runs, { shard: of(2, 4), fresh: true })).toThrow(
      'fresh: must not be asked of a shard of a run that is done, got "2/4"\nHint: without --shard the whole run begins anew',
    );
  });

  it("does not compute a row again that the run, or a shard of another division, has", async () => {
    const runs = temporaryFolder();
    const whole = open(runs);
    whole.append(row(7));
    whole.stop("interrupted");
    await shard(runs, of(1, 2), [0, 1]);
    const store = open(runs, { shard: of(1, 3) });
    expect([0, 1, 7, 2].map((i) => store.has(`row ${i}`))).toEqual([true, true, true, false]);
    store.append(row(2));
    await store.finish();
    expect(readManifest(store.directory)).toMatchObject({ rows: 1, shard: { index: 1, count: 3 } });
    expect(only(runs)).toMatchObject({ rows: 4, status: "interrupted" });
  });

  it("has a row once that its run has taken from it, before the putting together was interrupted", async () => {
    const runs = temporaryFolder();
    await shard(runs, of(1, 2), [0, 1], "interrupted");
    const whole = open(runs);
    whole.append(row(7));
    whole.stop("interrupted");
    const store = open(runs, { shard: of(1, 2) });
    expect(store.rows.map(({ i }) => i).sort()).toEqual([0, 1, 7]);
    store.append(row(2));
    await store.finish();
    expect(store.rows.map(({ i }) => i)).toEqual([0, 1, 2]);
  });

  it("counts a row once that two divisions have", async () => {
    const runs = temporaryFolder();
    const [a, b] = [open(runs, { shard: of(1, 1) }), open(runs, { shard: of(1, 2) })];
    for (const store of [a, b]) store.append(row(5));
    await Promise.all([a.finish(), b.finish()]);
    expect(only(runs)).toMatchObject({ rows: 1, status: "done" });
    const whole = open(runs);
    expect(whole.rows).toEqual([row(5)]);
    expect((await whole.finish()).rows).toBe(1);
  });

  it("refuses shards that have seen different data, or hold different rows of one key", async () => {
    const runs = temporaryFolder();
    for (const index of [1, 2]) {
      const store = open(runs, { shard: of(index, 2) });
      store.append(row(index));
      store.record({ dataset: { name: "glyphs", count: index } });
      await store.finish();
    }
    expect(() => open(runs)).toThrow(
      'shard 2/2, dataset: must be the data that the other shards have seen, got {"name":"glyphs","count":2}',
    );
    const other = temporaryFolder();
    await shard(other, of(1, 2), [1]);
    const folder = await shard(other, of(2, 2), []);
    writeFileSync(join(folder, "rows.jsonl"), '{"key":"row 1","i":1,"value":3}\n');
    expect(() => open(other)).toThrow('two different rows have the same key, got "row 1"');
  });

  it("is put together, and no longer divided, where NFS keeps a file of a shard for who has it open", async () => {
    const runs = temporaryFolder();
    const first = await shard(runs, of(1, 2), [0, 2]);
    await shard(runs, of(2, 2), [1]);
    writeFileSync(join(first, ".nfs000000000016fd9a00000001"), "");
    const store = open(runs);
    await store.finish();
    expect(readFileSync(join(store.directory, "rows.jsonl"), "utf8")).toBe(await undivided([0, 1, 2]));
    expect(only(runs)).toMatchObject({ status: "done", rows: 3 });
    expect(only(runs)).not.toHaveProperty("shards");
  });

  it("loses and repeats nothing if it is stopped in the middle of being put together", async () => {
    const runs = temporaryFolder();
    await shard(runs, of(1, 2), [0, 2]);
    await shard(runs, of(2, 2), [1]);
    const { directory } = only(runs);
    const kept = join(temporaryFolder(), "shards");
    cpSync(join(directory, "shards"), kept, { recursive: true });
    const first = open(runs);
    const { seconds, sessions } = readManifest(directory)!;
    first.stop("interrupted");
    // as if the shards could not be removed then
    cpSync(kept, join(directory, "shards"), { recursive: true });
    expect(only(runs)).toMatchObject({ rows: 3 });
    const again = open(runs);
    const manifest = await again.finish();
    expect(manifest.rows).toBe(3);
    expect(manifest.sessions).toBe(sessions + 1);
    expect(manifest.seconds - seconds).toBeLessThan(5);
    expect(manifest.environment.shards).toHaveLength(2);
    // and once more after its end
    cpSync(kept, join(directory, "shards"), { recursive: true });
    expect(only(runs)).toMatchObject({ rows: 3, status: "done" });
    expect(only(runs).shards).toBeUndefined();
    await open(runs).finish();
    expect(existsSync(join(directory, "shards"))).toBe(false);
    expect(readFileSync(join(directory, "rows.jsonl"), "utf8")).toBe(await undivided([0, 1, 2]));
  });

  it("is still to be ended, and can be, if it is killed while it is put together", async () => {
    const runs = temporaryFolder();
    for (const index of [1, 2]) await shard(runs, of(index, 2), [index]);
    const { directory } = only(runs);
    const before = only(runs).manifest!;
    // the writer is gone without a word, once before and once after a new session of a shard
    for (let kill = 0; kill < 2; kill++) {
      const killed = open(runs);
      rmSync(join(directory, readdirSync(directory).find((file) => file.startsWith("lock."))!));
      expect(existsSync(join(directory, "shards"))).toBe(true);
      expect(only(runs)).toMatchObject({
        status: "done",
        rows: 2,
        manifest: { sessions: before.sessions + [1, 3][kill]! },
      });
      expect(() => killed.append(row(9))).toThrow("taken over");
      if (kill === 0) await open(runs, { shard: of(1, 2) }).finish();
    }
    const manifest = await open(runs).finish();
    expect(manifest).toMatchObject({ status: "done", rows: 2, files: ["rows.jsonl", "rows.parquet"] });
    expect(manifest.environment.shards).toMatchObject([
      { shard: "1/2", rows: 1, sessions: 2 },
      { shard: "2/2", rows: 1, sessions: 1 },
    ]);
    expect(existsSync(join(directory, "shards"))).toBe(false);
  });

  it("is running, and not broken, while its first process has only taken it", async () => {
    const runs = temporaryFolder();
    for (const part of [undefined, of(1, 2)]) {
      const store = open(runs, { shard: part });
      rmSync(join(store.directory, "manifest.json"));
      rmSync(join(store.directory, "rows.jsonl"));
      for (const look of ["count", () => {}] as const)
        expect(listRuns(runs, look)).toMatchObject([{ status: "running", rows: 0 }]);
      expect(await query("SELECT status FROM runs", { runs })).toEqual([{ status: "running" }]);
      for (const file of readdirSync(store.directory)) rmSync(join(store.directory, file));
      expect(only(runs)).toMatchObject({ status: "broken", problem: "has no manifest.json" });
      rmSync(join(runs, "toy"), { recursive: true });
    }
  });

  it("leaves no empty folder of a shard that lost its files before a kill", async () => {
    const runs = temporaryFolder();
    await shard(runs, of(1, 1), [1]);
    const { directory } = await open(runs)
      .finish()
      .then(() => only(runs));
    for (const i of [1, 2]) {
      mkdirSync(shardDirectory(directory, of(i, 2)), { recursive: true });
      if (i === 2) writeFileSync(join(shardDirectory(directory, of(i, 2)), "rows.jsonl"), "");
      expect(only(runs)).toMatchObject({ status: "done", rows: 1 });
      await open(runs).finish();
      expect(existsSync(join(directory, "shards"))).toBe(false);
    }
  });

  it("does not differ from the undivided run, but where its shards were made otherwise", async () => {
    const [divided, whole] = [temporaryFolder(), temporaryFolder()];
    for (const index of [1, 2]) await shard(divided, of(index, 2), [index]);
    const store = open(whole);
    for (const i of [1, 2]) store.append(row(i));
    await store.finish();
    const compared = () => compareEntries(only(divided), only(whole), ({ key }) => String(key));
    expect(compared()).toMatchObject({ environment: [], rows: { equal: 2, onlyA: [], onlyB: [] } });
    const file = join(shardDirectory(only(divided).directory, of(1, 2)), "manifest.json");
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...manifest, environment: { ...manifest.environment, engine: "cuda" } }));
    for (const end of [() => {}, () => open(divided).finish()]) {
      await end();
      expect(compared().environment).toEqual([{ key: "shards", a: ['{"shard":"1/2","engine":"cuda"}'], b: null }]);
    }
  });

  it("keeps rows that a shard has set aside, and what is no shard", async () => {
    const runs = temporaryFolder();
    const folder = await shard(runs, of(1, 1), [1]);
    writeFileSync(join(folder, "stray.jsonl"), "set aside\n");
    writeFileSync(join(folder, "..", "notes.txt"), "mine");
    const { directory } = open(runs);
    rmSync(join(directory, readdirSync(directory).find((file) => file.startsWith("lock."))!));
    await open(runs).finish();
    expect(readFileSync(join(directory, "stray.jsonl"), "utf8")).toBe("set aside\n");
    expect(readdirSync(join(directory, "shards"))).toEqual(["notes.txt"]);
    expect(only(runs)).toMatchObject({ status: "done", rows: 1 });
  });

  it("takes in what a shard has computed of a done run that had lost rows", async () => {
    const runs = temporaryFolder();
    const whole = open(runs);
    for (const i of [0, 1]) whole.append(row(i));
    await whole.finish();
    const file = join(whole.directory, "rows.jsonl");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, `${before.split("\n", 1)[0]}\n`);
    const store = open(runs, { shard: of(1, 1) });
    expect(store.rows).toEqual([row(0)]);
    store.append(row(1));
    await store.finish();
    await open(runs).finish();
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("tells whose code made which rows", async () => {
    const runs = temporaryFolder();
    for (const [i, commit] of ["a", "a", "b"].entries()) {
      const folder = await shard(runs, of(i + 1, 3), [2 * i, 2 * i + 1]);
      const manifest = readManifest(folder)!;
      const changed = {
        ...manifest,
        provenance: { ...manifest.provenance, commit, dirty: false, date: `2026-01-0${i + 1}T00:00:00Z` },
      };
      writeFileSync(join(folder, "manifest.json"), JSON.stringify(changed));
    }
    const manifest = await open(runs).finish();
    expect(manifest.provenance).toMatchObject({ commit: "b" });
    expect(manifest.earlierCode).toEqual([{ rows: 4, commit: "a", dirty: false }]);
    expect(manifest.environment.shards).toMatchObject([
      { provenance: { commit: "a" } },
      { provenance: { commit: "a" } },
      {},
    ]);
  });

  it("starts over with fresh, a shard alone or the whole", async () => {
    const runs = temporaryFolder();
    await shard(runs, of(1, 2), [0, 1]);
    await shard(runs, of(2, 2), [2], "interrupted");
    const again = open(runs, { shard: of(1, 2), fresh: true });
    expect(again.notes).toEqual(["fresh: removed 2 earlier rows"]);
    again.stop("interrupted");
    expect(only(runs).rows).toBe(1);
    const whole = open(runs, { fresh: true });
    expect(whole.notes).toEqual(["fresh: removed 1 earlier rows"]);
    expect(existsSync(shardDirectory(whole.directory, of(2, 2)))).toBe(false);
    whole.stop("interrupted");
  });

  it.each([
    [{ index: 0, count: 2 }],
    [{ index: 3, count: 2 }],
    [{ index: 1.5, count: 2 }],
    [{ index: 1, count: 1e9 }],
    ["1/2"],
  ])("refuses %j as a shard", (given) => {
    expect(() => requireShard(given as Shard)).toThrow("shard: must be index/count");
  });
});
