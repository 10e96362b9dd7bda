import fs, {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listRuns, type Row, readManifest } from "../../src/runs";
import { temporaryFolder, until } from "./folder";

import { interrupted, open, row } from "./toy";

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
    rmSync(join(runs, "toy"));
    symlinkSync(join(runs, "nowhere"), join(runs, "toy"));
    expect(() => open(runs)).toThrow("run folder: must be a folder, not a link that leads nowhere, got");
  });

  it("a file in the place of the shards' folder is named", () => {
    const runs = temporaryFolder();
    const store = open(runs);
    store.stop("interrupted");
    const { directory } = store;
    writeFileSync(join(directory, "shards"), "");
    const [entry] = listRuns(runs);
    const problem = `${join(directory, "shards")}: must be a folder, got "a file"`;
    expect(entry).toMatchObject({ status: "broken", problem });
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
    await expect((async () => open(runs).finish())()).rejects.toThrow(
      `${place}: must be a regular file, got "a folder"`,
    );
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
