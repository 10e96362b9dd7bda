/** Which rows were made by other code: of runs that went on under another commit, and of manifests from before there was a field. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anyRows, type EarlierCode, type Manifest, openRun, provenance, readManifest } from "../../src/runs";
import { projectRoot } from "../../src/util";
import { temporaryFolder } from "./folder";

const open = (directory: string, fresh = false) =>
  openRun({ experiment: "toy", config: { seed: 1 }, directory, rows: anyRows("i"), fresh });

/** A session that appends rows up to so many, and its manifest as if the code had been another. */
function session(
  runs: string,
  rows: number,
  code: Partial<EarlierCode> = {},
): { folder: string; notes: readonly string[] } {
  const store = open(runs);
  for (let i = store.rows.length; i < rows; i++) store.append({ i });
  store.stop("interrupted");
  edit(store.directory, ({ provenance, ...rest }) => ({ ...rest, provenance: { ...provenance, ...code } }));
  return { folder: store.directory, notes: store.notes };
}

function edit(folder: string, change: (manifest: Manifest) => object): void {
  const path = join(folder, "manifest.json");
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")))));
}

const written = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));

describe("a run that goes on under another commit", () => {
  const [A, B] = [
    { commit: "aaa", dirty: true },
    { commit: "bbb", dirty: false },
  ];
  const earlier = [
    { rows: 2, ...A },
    { rows: 3, ...B },
  ];
  const notes = [
    "the first 2 rows come from commit aaa, with uncommitted changes",
    "the first 3 rows come from commit bbb, without uncommitted changes",
  ];

  it("a manifest says session by session which rows are of which code, in a field and in notes", async () => {
    const runs = temporaryFolder();
    const { folder } = session(runs, 2, A);
    expect(written(folder)).not.toHaveProperty("earlierCode");
    session(runs, 3, B);
    const store = open(runs);
    store.append({ i: 3 });
    const done = await store.finish();
    expect(done).toMatchObject({ earlierCode: earlier, notes });
    expect(written(folder)).toMatchObject({ earlierCode: earlier, notes, sessions: 3, rows: 4 });
    expect(store.notes).toEqual(notes.slice(1));
    expect(done.provenance.commit).not.toBe("bbb");
    // a look makes no rows
    expect((await open(runs).finish()).earlierCode).toEqual(earlier);
    expect(readManifest(folder)!.earlierCode).toEqual(earlier);
  });

  it("a run in one commit, without rows or begun anew has no earlier code", () => {
    const runs = temporaryFolder();
    session(runs, 0, A);
    const { folder } = session(runs, 2);
    session(runs, 3);
    expect(written(folder)).toMatchObject({ sessions: 3, rows: 3, notes: [] });
    expect(written(folder)).not.toHaveProperty("earlierCode");
    session(runs, 4, B);
    session(runs, 5);
    expect(written(folder).earlierCode).toEqual([{ rows: 4, ...B }]);
    const fresh = open(runs, true);
    fresh.append({ i: 0 });
    fresh.stop("interrupted");
    expect(written(folder)).not.toHaveProperty("earlierCode");
    expect(written(folder).notes).toEqual(["fresh: removed 5 earlier rows"]);
    expect(readManifest(folder)).not.toHaveProperty("earlierCode");
  });

  it.skipIf(provenance().commit === null)("code whose commit was not recorded is told as unknown", () => {
    const runs = temporaryFolder();
    session(runs, 1, { commit: null, dirty: null });
    const { folder, notes: said } = session(runs, 2);
    expect(said).toEqual(["the first 1 rows come from commit unknown"]);
    expect(written(folder).earlierCode).toEqual([{ rows: 1, commit: null, dirty: null }]);
  });
});

describe("a manifest with notes alone", () => {
  const others = [
    "dropped a torn last line of 25 bytes from rows.jsonl",
    "the first rows come from commit ccc, he said",
  ];
  const notes = [
    others[0],
    "the first 1 rows come from commit aaa, with uncommitted changes",
    "the first 12 rows come from commit unknown",
    others[1],
    "the first 20 rows come from commit bbb, without uncommitted changes",
    "the first 21 rows come from commit ddd",
  ];
  const earlier = [
    { rows: 1, commit: "aaa", dirty: true },
    { rows: 12, commit: null, dirty: null },
    { rows: 20, commit: "bbb", dirty: false },
    { rows: 21, commit: "ddd", dirty: null },
  ];

  it("a manifest with notes alone gets earlier code when it is read, and loses nothing", () => {
    const { folder } = session(temporaryFolder(), 30);
    edit(folder, (manifest) => ({ ...manifest, notes }));
    const before = written(folder);
    expect(readManifest(folder)).toEqual({ ...before, earlierCode: earlier });
    edit(folder, (manifest) => ({ ...manifest, notes: others }));
    expect(readManifest(folder)).toEqual({ ...before, notes: others });
  });

  it("a run that goes on keeps what its notes said", () => {
    const runs = temporaryFolder();
    const { folder } = session(runs, 30, { commit: "eee", dirty: true });
    edit(folder, (manifest) => ({ ...manifest, notes }));
    session(runs, 31);
    const after = written(folder);
    expect(after.earlierCode).toEqual([...earlier, { rows: 30, commit: "eee", dirty: true }]);
    expect(after.notes).toEqual([...notes, "the first 30 rows come from commit eee, with uncommitted changes"]);
  });

  it("a manifest that has earlier code is read as it is", () => {
    const { folder } = session(temporaryFolder(), 30);
    const own = [{ rows: 5, commit: "fff", dirty: null }];
    edit(folder, (manifest) => ({ ...manifest, notes, earlierCode: own }));
    expect(readManifest(folder)).toMatchObject({ notes, earlierCode: own });
  });

  it("a committed run has notes alone, and its earlier code is read from them", () => {
    const folder = join(projectRoot, "data", "results", "training-cifar10");
    const commit = "3432661f9428eb5b74f8721f493676bf4160a655";
    expect(written(folder)).not.toHaveProperty("earlierCode");
    expect(readManifest(folder)!.earlierCode).toEqual([{ rows: 10, commit, dirty: null }]);
    expect(readManifest(folder)!.notes).toEqual([`the first 10 rows come from commit ${commit}`]);
  });
});
