import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { provenance } from "../../src/runs";
import { checkout } from "../../src/runs/provenance";
import { projectRoot } from "../../src/util";
import { temporaryFolder } from "./folder";

function git(folder: string, ...command: string[]): string {
  const identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...identity, ...command], { cwd: folder, encoding: "utf8", stdio: "pipe" }).trim();
}

describe("provenance", () => {
  it("provenance has versions, processors and date, but no path of this machine and no host name", () => {
    const facts = provenance();
    const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
    expect(facts.node).toBe(process.versions.node);
    expect(facts.versions.nonsmooth).toBe(version);
    expect(facts.versions["onnxruntime-node"]).toMatch(/^\d+\.\d+\.\d+/);
    expect(facts.lockFile).toMatch(/^[0-9a-f]{64}$/);
    expect(facts.cpu.count).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(facts.date) - Date.now())).toBeLessThan(60_000);
    const text = JSON.stringify(facts);
    for (const secret of [projectRoot, homedir(), hostname()]) expect(text).not.toContain(secret);
  });
});

describe("checkout", () => {
  it.skipIf(process.geteuid?.() !== 0)("a checkout of another user is said to be one", () => {
    const folder = temporaryFolder();
    git(folder, "init", "-q");
    chownSync(folder, 65534, 65534);
    chownSync(join(folder, ".git"), 65534, 65534);
    const commitProblem = "git does not trust the checkout: it is of another user (dubious ownership)";
    expect(checkout(folder)).toEqual({ commit: null, dirty: null, commitProblem });
  });

  it("a checkout without a commit, and a machine without git, say so", () => {
    const folder = temporaryFolder();
    git(folder, "init", "-q");
    expect(checkout(folder)).toMatchObject({ commit: null, commitProblem: "the checkout has no commit" });
    const { PATH } = process.env;
    process.env.PATH = folder;
    try {
      expect(checkout(folder)).toMatchObject({ commit: null, commitProblem: "git is not installed" });
    } finally {
      process.env.PATH = PATH;
    }
  });

  it("a checkout tells its commit, and whether what results depend on has changed", () => {
    const folder = temporaryFolder();
    const unknown = (commitProblem: string) => ({ commit: null, dirty: null, commitProblem });
    expect(checkout(folder)).toEqual(unknown("the folder is not a checkout"));
    git(folder, "init", "-q");
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "src", "a.ts"), "1");
    git(folder, "add", ".");
    git(folder, "commit", "-q", "-m", "first");
    const commit = git(folder, "rev-parse", "HEAD");
    writeFileSync(join(folder, "notes.txt"), "an output");
    expect(checkout(folder)).toEqual({ commit, dirty: false });
    writeFileSync(join(folder, "src", "b.ts"), "2");
    expect(checkout(folder)).toEqual({ commit, dirty: true });
    // a copy within another project's checkout
    expect(checkout(join(folder, "src"))).toEqual(unknown("the folder is not the root of a checkout"));
  });

  it("an archive of the project tells the commit that it was made of, and not whether it has changed since", () => {
    const [folder, unpacked] = [temporaryFolder(), temporaryFolder()];
    for (const name of ["commit.txt", ".gitattributes"])
      writeFileSync(join(folder, name), readFileSync(join(projectRoot, name)));
    git(folder, "init", "-q");
    git(folder, "add", ".");
    git(folder, "commit", "-q", "-m", "first");
    const commit = git(folder, "rev-parse", "HEAD");
    git(folder, "archive", "-o", join(unpacked, "a.tar"), "HEAD");
    execFileSync("tar", ["-xf", "a.tar"], { cwd: unpacked });
    expect(checkout(unpacked)).toEqual({ commit, dirty: null });
    // a copy without git's folder has the placeholder
    writeFileSync(join(unpacked, "commit.txt"), readFileSync(join(projectRoot, "commit.txt")));
    expect(checkout(unpacked)).toMatchObject({ commit: null, commitProblem: "the folder is not a checkout" });
  });
});
