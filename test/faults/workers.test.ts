/** Worker processes that stop answering, or die: a run can be ended, keeps its rows, and continues. */
import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { countRows, ended, nonsmooth, rowsOf, start, temporaryFolder, until } from "../cli/support";

/** Seconds of work on a worker, so that it is in the middle of it. */
const SETTINGS = [
  "dataset=glyphs",
  "precisions=16,32",
  "widths=256",
  "depths=3",
  "batchSizes=128",
  "sampleSizes=5120",
  "runs=6",
];
const words = (runs: string, workers: string) => [
  "run",
  "bifurcation-frequency",
  ...SETTINGS.flatMap((setting) => ["--set", setting]),
  ...["--runs", runs, "--workers", workers],
];

const workersOf = ({ pid }: ChildProcess): number[] =>
  execFileSync("sh", ["-c", `ps -o pid= --ppid ${pid} || true`], { encoding: "utf8" })
    .split("\n")
    .map(Number)
    .filter((worker) => worker > 0);

const sorted = (text: string) => text.trimEnd().split("\n").sort();

describe.runIf(existsSync("/proc/self/stat"))("a worker", () => {
  it("that is stopped for ever does not keep TERM from ending the run, is gone afterwards, and the run continues", async () => {
    const undisturbed = temporaryFolder();
    expect((await nonsmooth(words(undisturbed, "2"))).code).toBe(0);
    const runs = temporaryFolder();
    const child = start(words(runs, "2"));
    const outcome = ended(child);
    expect(await until(() => countRows(runs) > 0, 120_000)).toBe(true);
    const workers = workersOf(child);
    expect(workers).toHaveLength(2);
    for (const worker of workers) process.kill(worker, "SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const told = performance.now();
    child.kill("SIGTERM");
    const { code, err } = await outcome;
    expect((performance.now() - told) / 1000).toBeLessThan(5);
    expect([code, err.match(/^interrupted.*$/m)?.[0]]).toEqual([143, "interrupted, run again to continue"]);
    expect(await until(() => workers.every((worker) => !existsSync(`/proc/${worker}`)), 3000)).toBe(true);
    const kept = sorted(rowsOf(runs));
    expect(sorted(rowsOf(undisturbed))).toEqual(expect.arrayContaining(kept));
    expect((await nonsmooth(words(runs, "2"))).code).toBe(0);
    expect(sorted(rowsOf(runs))).toEqual(sorted(rowsOf(undisturbed)));
  }, 240_000);

  it("that is killed is replaced, with one line that says so, and no row is missing", async () => {
    const runs = temporaryFolder();
    const child = start(words(runs, "1"));
    const outcome = ended(child);
    expect(await until(() => countRows(runs) > 0, 120_000)).toBe(true);
    const [worker] = workersOf(child);
    process.kill(worker!, "SIGKILL");
    const { code, err } = await outcome;
    expect([code, err.match(/worker process.*/g)]).toEqual([
      0,
      ["worker process: ended in the middle of its job (signal SIGKILL), which is done again"],
    ]);
    expect(countRows(runs)).toBe(12);
  }, 240_000);
});
