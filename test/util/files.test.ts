import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeFolder, makeWritable, removeFolder, writeTogether } from "../../src/util";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("a folder", () => {
  it("a folder is made with those above it, and one that exists is left as it is", () => {
    const folder = join(temporaryFolder(), "a", "b", "c");
    makeFolder(folder);
    writeFileSync(join(folder, "file"), "");
    makeFolder(folder);
    expect(readdirSync(folder)).toEqual(["file"]);
    expect(() => makeFolder(join(folder, "file"))).toThrow(/^EEXIST/);
    expect(() => makeFolder(join(folder, "file", "x", "y"))).toThrow(/^ENOTDIR/);
  });

  it.skipIf(!existsSync("/proc/self"))("a folder in a place where the system allows none is refused at once", () => {
    expect(() => makeFolder("/proc/x/y/z")).toThrow(/^ENOENT: .* '\/proc\/x'/);
    expect(() => makeWritable("--out", "/proc/x")).toThrow(
      '--out: must be a folder that can be written, got "/proc/x"',
    );
  });

  it("a folder that can be written is made, and nothing is left in it", () => {
    const folder = join(temporaryFolder(), "out");
    makeWritable("--out", folder);
    expect([statSync(folder).isDirectory(), readdirSync(folder)]).toEqual([true, []]);
  });

  it.skipIf(process.platform === "win32")("a read-only folder is refused", () => {
    const folder = temporaryFolder();
    const root = process.geteuid!() === 0;
    chmodSync(folder, 0o555);
    // permissions do not bind root
    if (root) process.seteuid!(65534);
    try {
      expect(() => makeWritable("--out", folder)).toThrow("--out: must be a folder that can be written, got ");
      expect(() => makeWritable("--out", join(folder, "x"))).toThrow(
        "--out: must be a folder that can be written, got ",
      );
    } finally {
      if (root) process.seteuid!(0);
      chmodSync(folder, 0o755);
    }
  });
});

describe("files that belong together", () => {
  it("files that belong together are all written, in folders that are made", () => {
    const folder = temporaryFolder();
    const paths = [join(folder, "a"), join(folder, "b", "c")] as const;
    writeTogether(paths.map((path) => [path, path] as const));
    expect(paths.map((path) => readFileSync(path, "utf8"))).toEqual(paths);
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
  });

  it("files that belong together are all as they were where one cannot be written", () => {
    const folder = temporaryFolder();
    const [first, blocked] = [join(folder, "first"), join(folder, "file", "second")];
    writeFileSync(first, "old");
    writeFileSync(join(folder, "file"), "no folder");
    expect(() =>
      writeTogether([
        [first, "new"],
        [blocked, "new"],
      ]),
    ).toThrow();
    expect(readFileSync(first, "utf8")).toBe("old");
    expect(readdirSync(folder).sort()).toEqual(["file", "first"]);
  });
});

describe("a folder that is removed", () => {
  it("a folder is removed with all that is in it, and of a link only the link", () => {
    const folder = temporaryFolder();
    const [removed, kept] = [join(folder, "removed"), join(folder, "kept")];
    makeFolder(join(removed, "a", "b"));
    makeFolder(kept);
    for (const parent of [removed, join(removed, "a"), join(removed, "a", "b"), kept])
      writeFileSync(join(parent, "file"), "");
    symlinkSync(kept, join(removed, "a", "link"));
    symlinkSync(kept, join(folder, "link"));
    for (const path of [removed, join(folder, "link"), join(folder, "nothing")]) removeFolder(path);
    expect(readdirSync(folder)).toEqual(["kept"]);
    expect(readdirSync(kept)).toEqual(["file"]);
  });

  it("what NFS keeps for a process that has it open stays, with its folders, and is no error", () => {
    const folder = join(temporaryFolder(), "folder");
    makeFolder(join(folder, "open"));
    makeFolder(join(folder, "closed"));
    for (const name of ["open/.nfs000000000016fd9a00000001", "open/file", "closed/file", "file"])
      writeFileSync(join(folder, name), "");
    removeFolder(folder);
    expect(readdirSync(folder, { recursive: true })).toEqual(["open", "open/.nfs000000000016fd9a00000001"]);
  });
});
