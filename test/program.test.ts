/** `npx nonsmooth`: npm links the program when it installs the package, before anything is built. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const root = dirname(__dirname);
const { bin, files, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const program = join(root, bin.nonsmooth);
const elsewhere = mkdtempSync(join(tmpdir(), "nonsmooth-program-"));
afterAll(() => rmSync(elsewhere, { recursive: true }));

describe("the program of the package", () => {
  it("the program is a file of the source that can be executed, and it is in the package", () => {
    const { status } = spawnSync("git", ["check-ignore", "-q", program], { cwd: root });
    expect(status).not.toBe(0); // ignored
    expect(statSync(program).mode & 0o111).toBe(0o111);
    expect(files).toContain(dirname(bin.nonsmooth));
  });

  it("the program runs", () => {
    const { stdout, status } = spawnSync(process.execPath, [program, "--version"], { encoding: "utf8" });
    expect([stdout.trim(), status]).toEqual([version, 0]);
  });

  it("the program says how to build it where it is not built", () => {
    const copy = join(elsewhere, "bin", "nonsmooth.js");
    mkdirSync(dirname(copy));
    copyFileSync(program, copy);
    const { stderr, status } = spawnSync(process.execPath, [copy], { encoding: "utf8" });
    expect([stderr, status]).toEqual(["nonsmooth: must be built first\nHint: npm run build\n", 1]);
  });
});
