/** Two runs of the program that share a folder and nothing else: each in a container, with processes, mounts and a host name of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { projectRoot } from "../../src/util";
import { ended, nonsmooth, type Outcome, onlyRun, rowsOf, temporaryFolder, until } from "../cli/support";

const OWN = ["--pid", "--fork", "--mount-proc", "--kill-child"];
const canUnshare = spawnSync("unshare", [...OWN, "--uts", "--mount", "hostname", "elsewhere"]).status === 0;
const title = `two containers${canUnshare ? "" : " (skipped: unshare is missing, or not allowed)"}`;

/** 20 epochs take some 20 s. */
function training(runs: string, epochs = 20): string[] {
  const sizes = ["images=1024", "testImages=256", "widths=32,32", "batchSize=64", "precisions=16,32", "runs=2"];
  const settings = [...sizes, `epochs=${epochs}`, "dataset=glyphs"].flatMap((setting) => ["--set", setting]);
  return ["run", "training", ...settings, "--runs", runs, "--workers", "2"];
}

/** Starts the program in a container. @param more further namespaces @param env variables */
function start(words: readonly string[], more: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const rename = more.includes("--uts") ? "hostname elsewhere && " : "";
  const program = [process.execPath, join(projectRoot, "bin", "nonsmooth.js"), ...words];
  const child = spawn("unshare", [...OWN, ...more, "sh", "-c", `${rename}exec "$@"`, "sh", ...program], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { ...process.env, NONSMOOTH_OFFLINE: "1", ...env },
  });
  onTestFinished(() => signal(child, "SIGKILL"));
  return child;
}

const inContainer = (...given: Parameters<typeof start>): Promise<Outcome> => ended(start(...given));

/** To all processes of the container. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Every file below a folder, with its time and its content. */
function filesOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  return files
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path} ${statSync(path).mtimeMs} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`)
    .sort();
}

const lockOf = (directory: string) => readdirSync(directory).find((file) => file.startsWith("lock."));

/** A writer that has a checkpoint and has told its progress. */
async function atWork(runs: string, epochs?: number): Promise<{ writer: ChildProcess; directory: string }> {
  const writer = start(training(runs, epochs));
  const hasBegun = () => {
    const directory = onlyRun(runs, "training");
    if (directory === undefined || !existsSync(join(directory, "progress.json"))) return false;
    return existsSync(join(directory, "checkpoints")) && readdirSync(join(directory, "checkpoints")).length > 0;
  };
  expect(await until(hasBegun, 120_000)).toBe(true);
  return { writer, directory: onlyRun(runs, "training")! };
}

describe.skipIf(!canUnshare)(title, () => {
  it("the second is refused and touches nothing; when the first is killed, it takes over after a while", async () => {
    const undisturbed = temporaryFolder();
    expect((await nonsmooth(training(undisturbed))).code).toBe(0);
    const runs = temporaryFolder();
    const { writer, directory } = await atWork(runs);
    for (const more of [[], ["--uts"], ["--mount"], ["--uts", "--mount", "--ipc"]]) {
      // asleep for less than half a minute, so that whatever changes was changed by the second
      signal(writer, "SIGSTOP");
      const before = filesOf(directory);
      const { code, err } = await inContainer(training(runs), more);
      expect([code, filesOf(directory)]).toEqual([1, before]);
      expect(err).toMatch(
        /^run folder: has one writer at a time, and process \d+ of another .*, host .*, since 2\d{3}-/,
      );
      expect(err).toContain(
        `if it is gone, its lock is free after 30 s without a sign of life. Or remove ${directory}/lock.`,
      );
      signal(writer, "SIGCONT");
      const text = () => readFileSync(join(directory, lockOf(directory)!), "utf8");
      const beat = text();
      expect(await until(() => text() !== beat, 20_000)).toBe(true);
    }
    // a name space that is open keeps its number: the next container has another one
    const [child] = readFileSync(`/proc/${writer.pid}/task/${writer.pid}/children`, "utf8").trim().split(" ");
    const space = openSync(`/proc/${child}/ns/pid`, "r");
    onTestFinished(() => closeSync(space));
    signal(writer, "SIGKILL");
    await ended(writer);
    expect((await inContainer(training(runs))).code).toBe(1);
    let last: Outcome | undefined;
    while (last?.code !== 0) {
      last = await inContainer(training(runs));
      if (last.code !== 0) expect(last.err).toMatch(/^run folder: has one writer at a time/);
    }
    expect(last.err).toMatch(/^took over from process \d+ of another container or machine, host /m);
    expect(rowsOf(runs, "training")).toBe(rowsOf(undisturbed, "training"));
    expect(lockOf(directory)).toBeUndefined();
  });

  it("a reader whose clock is wrong sees that it goes on", async () => {
    const runs = temporaryFolder();
    const { writer } = await atWork(runs, 500);
    for (const minutes of [-300, -5, 5, 300]) {
      const clock = join(runs, `clock${minutes}.js`);
      writeFileSync(clock, `const now = Date.now; Date.now = () => now() + ${minutes * 60_000};`);
      const { out } = await inContainer(["runs", "list", "--runs", runs], [], { NODE_OPTIONS: `--require ${clock}` });
      expect(out).toMatch(/ running, \d+ of \d+ /);
    }
    signal(writer, "SIGKILL");
    await ended(writer);
  });
});
