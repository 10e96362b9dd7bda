import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeFolder, makeWritable, writeTogether } from "../../src/util";

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
