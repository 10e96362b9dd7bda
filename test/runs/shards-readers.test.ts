/** Readers of a run in shards while it is put together: at each of their looks at a file, the shards may be gone. */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Shelf } from "../../src/explore/shelf";
import { describeRun, listRuns, type Row, readRunRows, rowsOf, runName } from "../../src/runs";
import { temporaryFolder } from "./folder";
import { open, row } from "./toy";

const watched = vi.hoisted(() => ({ folder: "", onLook: () => {} }));

vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  const looks = ["existsSync", "readdirSync", "statSync", "openSync", "realpathSync"] as const;
  const wrapped = looks.map((name) => {
    const look = (...given: unknown[]) => {
      if (watched.folder !== "" && String(given[0]).startsWith(watched.folder)) watched.onLook();
      return (fs[name] as (...all: unknown[]) => unknown)(...given);
    };
    return [name, Object.assign(look, fs[name])];
  });
  return { ...fs, ...Object.fromEntries(wrapped) };
});

const ROWS = [0, 1, 2, 3].map(row);

/** A run in two shards that are done, and the same once it is put together. */
async function twoStates() {
  const [divided, done] = [temporaryFolder(), temporaryFolder()];
  for (const index of [1, 2]) {
    const store = open(divided, { shard: { index, count: 2 } });
    for (const i of [0, 1]) store.append(ROWS[2 * i + index - 1]!);
    await store.finish();
  }
  cpSync(divided, done, { recursive: true });
  const { directory } = await open(done)
    .finish()
    .then(() => listRuns(done)[0]!);
  return { divided, done: directory };
}

/** Reads a run again and again, and puts it together at the first look, at the second, and so on. @param removed shards that are removed, too */
async function atEachLook(
  read: (runs: string, directory: string) => void,
  removed: readonly string[],
): Promise<number> {
  const { divided, done } = await twoStates();
  const runs = temporaryFolder();
  for (let at = 0; ; at++) {
    rmSync(runs, { recursive: true });
    mkdirSync(runs);
    cpSync(divided, runs, { recursive: true });
    const { directory } = listRuns(runs, "count")[0]!;
    let looks = 0;
    watched.onLook = () => {
      if (looks++ !== at) return;
      watched.folder = "";
      cpSync(done, directory, { recursive: true });
      for (const folder of removed) rmSync(join(directory, folder), { recursive: true });
    };
    watched.folder = runs;
    read(runs, directory);
    const wasPutTogether = watched.folder === "";
    watched.folder = "";
    if (!wasPutTogether) return at;
  }
}

const isWhole = (rows: readonly Row[]) => expect([...rows].sort((a, b) => Number(a.i) - Number(b.i))).toEqual(ROWS);

describe.each([[["shards"]], [[join("shards", "1-of-2")]]])("while a run is put together and %j goes", (removed) => {
  beforeEach(() => {
    watched.folder = "";
  });

  it("lists have it once, done and with all rows", async () => {
    const counted = await atEachLook((runs) => {
      expect(listRuns(runs, "count")).toMatchObject([{ status: "done", rows: 4 }]);
    }, removed);
    expect(counted).toBeGreaterThan(10);
    await atEachLook((runs) => {
      const visited: (readonly Row[])[] = [];
      expect(listRuns(runs, (_, rows) => visited.push(rows))).toMatchObject([{ status: "done", rows: 4 }]);
      expect(visited).toHaveLength(1);
      isWhole(visited[0]!);
    }, removed);
  });

  it("its rows are all there", async () => {
    await atEachLook((_, directory) => isWhole(readRunRows(directory)), removed);
    await atEachLook((_, directory) => isWhole(rowsOf(describeRun(directory, "toy", "a run"))), removed);
  });

  it("the page of runs has all of it, and whoever follows its rows gets each once", async () => {
    await atEachLook((runs) => {
      const shelf = new Shelf(runs);
      const [line] = shelf.list().runs;
      expect(line).toMatchObject({ status: "done", rows: 4 });
      const id = runName(line!);
      const first = shelf.rows(id, 0, undefined)!;
      const next = shelf.rows(id, first.total, first.file)!;
      isWhole([...first.rows.slice(0, next.from), ...next.rows]);
    }, removed);
  });
});
