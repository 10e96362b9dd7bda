/** Shards of a toy run that are damaged, or on another disk. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "./folder";
import { of, only, open, row, shard } from "./toy";

/** A folder on another disk than that of temporary files; undefined where there is none. */
const otherDisk = ["/dev/shm"].find((path) => existsSync(path) && statSync(path).dev !== statSync(tmpdir()).dev);

describe("a run in shards", () => {
  it.skipIf(otherDisk === undefined)("keeps them where a shard's folder is a link to another disk", async () => {
    const [runs, far] = [temporaryFolder(), mkdtempSync(join(otherDisk!, "nonsmooth-shard-"))];
    onTestFinished(() => rmSync(far, { recursive: true, force: true }));
    const folder = await shard(runs, of(1, 1), [0], "interrupted");
    mkdirSync(join(folder, "weights"));
    writeFileSync(join(folder, "weights", "unit 1"), "weights");
    utimesSync(join(folder, "weights", "unit 1"), 1e9, 1e9);
    cpSync(folder, far, { recursive: true, preserveTimestamps: true });
    rmSync(folder, { recursive: true });
    symlinkSync(far, folder);
    const store = open(runs);
    const weights = join(store.directory, "weights");
    expect(readFileSync(join(weights, "unit 1"), "utf8")).toBe("weights");
    expect(statSync(join(weights, "unit 1")).mtimeMs).toBe(1e12);
    await store.finish();
    expect([readdirSync(weights), readdirSync(join(far, "weights"))]).toEqual([["unit 1"], []]);
    expect(only(runs)).toMatchObject({ status: "done", rows: 1 });
  });

  it("names a damaged shard, and is broken until that is mended", async () => {
    const runs = temporaryFolder();
    await shard(runs, of(1, 2), [0]);
    const folder = await shard(runs, of(2, 2), [1]);
    writeFileSync(join(folder, "manifest.json"), "{");
    expect(only(runs)).toMatchObject({
      status: "broken",
      problem: expect.stringMatching(/^shard 2\/2: .*must be a manifest in JSON/),
    });
    rmSync(folder, { recursive: true });
    expect(only(runs)).toMatchObject({ status: "interrupted", shards: [{ status: "done" }, { status: "missing" }] });
    await shard(runs, of(2, 2), [1]);
    // no line in braces, and a line whose braces hold nothing
    for (const [line, statuses] of [
      ["\0\x01", ["done", "broken"]],
      ["{nothing}", ["done", "done"]],
    ] as const) {
      writeFileSync(join(folder, "rows.jsonl"), `${line}\n`);
      expect(only(runs)).toMatchObject({
        status: "broken",
        problem: expect.stringContaining("2-of-2/rows.jsonl, line 1: must be a JSON object"),
        shards: statuses.map((status) => ({ status, rows: 1 - Number(status === "broken") })),
      });
    }
  });

  it("starts over with fresh where rows or manifests are damaged", async () => {
    const runs = temporaryFolder();
    const folder = await shard(runs, of(1, 2), [0]);
    writeFileSync(join(folder, "rows.jsonl"), "no row\n");
    const again = open(runs, { shard: of(1, 2), fresh: true });
    expect(again.notes).toEqual(["fresh: removed damaged earlier rows"]);
    again.append(row(0));
    again.stop("interrupted");
    expect(only(runs)).toMatchObject({ status: "interrupted", rows: 1 });
    writeFileSync(join(folder, "rows.jsonl"), "no row\n");
    writeFileSync(join(folder, "..", "..", "manifest.json"), "no manifest");
    const whole = open(runs, { fresh: true });
    whole.append(row(1));
    await whole.finish();
    expect(only(runs)).toMatchObject({ status: "done", rows: 1 });
  });
});
