import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeFolder, makeWritable } from "../../src/util";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("a folder", () => {
  it("is made with those above it, and left as it is where it is there", () => {
    const folder = join(temporaryFolder(), "a", "b", "c");
    makeFolder(folder);
    writeFileSync(join(folder, "file"), "");
    makeFolder(folder);
    expect(readdirSync(folder)).toEqual(["file"]);
    expect(() => makeFolder(join(folder, "file"))).toThrow(/^EEXIST/);
    expect(() => makeFolder(join(folder, "file", "x", "y"))).toThrow(/^ENOTDIR/);
  });

  it.skipIf(!existsSync("/proc/self"))("is refused at once where the system has none to give", () => {
    expect(() => makeFolder("/proc/x/y/z")).toThrow(/^ENOENT: .* '\/proc\/x'/);
    expect(() => makeWritable("--out", "/proc/x")).toThrow(
      '--out: must be a folder that can be written, got "/proc/x"',
    );
  });

  it("that can be written is made, and nothing is left in it", () => {
    const folder = join(temporaryFolder(), "out");
    makeWritable("--out", folder);
    expect([statSync(folder).isDirectory(), readdirSync(folder)]).toEqual([true, []]);
  });

  it.skipIf(process.platform === "win32")("that is read-only is refused", () => {
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
