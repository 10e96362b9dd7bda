/** What may go wrong around an experiment in a process of its own; here the program that starts it is no notebook. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { runExperiment, training } from "../../src/experiments";
import { runInNotebook, startInNotebook } from "../../src/notebook";
import { holderOf, readProgress } from "../../src/runs";
import { requireBuild, temporaryFolder } from "./support";

requireBuild();

const set = { dataset: "glyphs", images: 1500, testImages: 100, epochs: 3, precisions: [32], runs: 2, threads: 1 };
const settings = (runs: string, more: object = {}, sizes: Partial<typeof set> = {}) => ({
  preset: "smoke" as const,
  set: { ...set, ...sizes },
  workers: 1,
  detached: true,
  runs,
  log: () => {},
  ...more,
});

async function started(runs: string, more: object = {}) {
  const run = await startInNotebook(training, settings(runs, more));
  while (!run.progress()) await sleep(20);
  return run;
}

/** Processes whose parent is this one, and that do a run. */
const children = () =>
  readdirSync("/proc").filter((pid) => {
    try {
      const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
      const isOwn = Number(parent) === process.pid;
      return isOwn && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("detached/process");
    } catch {
      return false;
    }
  });

describe("an experiment in a process of its own", () => {
  it("is followed to its end, though its progress is damaged", async () => {
    const run = await started(temporaryFolder());
    writeFileSync(join(run.runDirectory, "progress.json"), '{"done":');
    expect(readProgress(run.runDirectory)).toBeUndefined();
    expect((await run.finished()).manifest.status).toBe("done");
  });

  it("is not left behind when its options cannot be given to it", async () => {
    const before = children();
    const options = settings(temporaryFolder(), { extra: () => 1 });
    await expect(runInNotebook(training, options)).rejects.toThrow(
      /^options: must be values that another process can be given, got ".*could not be cloned\."\nHint: detached: false/,
    );
    await sleep(200);
    expect(children()).toEqual(before);
  });

  it("stops at the signal of its options", async () => {
    const controller = new AbortController();
    const run = await started(temporaryFolder(), { signal: controller.signal });
    controller.abort(new Error("mine"));
    await expect(run.finished()).rejects.toThrow("mine");
    expect(holderOf(run.runDirectory)).toBeUndefined();
  });

  it("is shared by several that start it at the same moment, however short it is", async () => {
    const short = settings(temporaryFolder(), {}, { images: 64, epochs: 1, runs: 1 });
    const all = await Promise.all(Array.from({ length: 4 }, () => runInNotebook(training, short)));
    expect(new Set(all.map(({ manifest }) => manifest.sessions))).toEqual(new Set([1]));
  });

  it("tells why it failed once: the lines that it says hold no stack", async () => {
    const runs = temporaryFolder();
    const run = await started(runs);
    const lines: string[] = [];
    const again = settings(runs, { fresh: true, log: (line: string) => lines.push(line) });
    await expect(runInNotebook(training, again)).rejects.toThrow("run folder: has one writer at a time");
    expect(lines).toEqual([]);
    await run.stop();
  });

  it("that was found, and is not its own, is not said to be stopped", async () => {
    const runs = temporaryFolder();
    const elsewhere = runExperiment(training, { ...settings(runs), detached: false });
    const found = await started(runs);
    await expect(found.stop()).rejects.toThrow(
      `run: must be stopped where it was started, got "process ${process.pid}"\nHint: npx nonsmooth runs stop`,
    );
    expect((await elsewhere).manifest.status).toBe("done");
  });

  it("names a folder that cannot be one, and a log that is none", async () => {
    const runs = temporaryFolder();
    writeFileSync(join(runs, "file"), "");
    const inFile = runInNotebook(training, settings(join(runs, "file")));
    await expect(inFile).rejects.toThrow("run folder: must be a folder, not a file, got ");
    const run = await startInNotebook(training, settings(runs));
    await run.stop();
    rmSync(join(run.runDirectory, "session.log"));
    mkdirSync(join(run.runDirectory, "session.log"));
    await expect(runInNotebook(training, settings(runs))).rejects.toThrow(
      'session.log: must be a regular file, got "a folder"',
    );
  });

  it("says so when its folder is removed", async () => {
    const run = await started(temporaryFolder());
    rmSync(run.runDirectory, { recursive: true, maxRetries: 5 });
    await expect(run.finished()).rejects.toThrow("run folder: must stay while the run goes on; it was removed");
  });
});
