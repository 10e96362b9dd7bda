/** Experiments in processes of their own: they outlive the kernel, are found again, shared and stopped. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { runExperiment, training } from "../../src/experiments";
import { holderOf, listRuns, type RunEntry } from "../../src/runs";
import { nonsmooth } from "../cli/support";
import { type Executed, type KernelSession, openKernel } from "./session";
import { temporaryFolder } from "./support";

const open: KernelSession[] = [];
const kernel = async () => {
  const opened = await openKernel();
  open.push(opened);
  return opened;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Some seconds of work on one core; a row comes after each epoch. */
const set = {
  ...{
    dataset: "glyphs",
    images: 3000,
    testImages: 200,
    epochs: 6,
    values: [0, 1],
    precisions: [32],
    runs: 4,
    threads: 1,
  },
};
const call = (runs: string, name = "runInNotebook", more = "") =>
  `${name}(training, { preset: "smoke", workers: 1, runs: ${JSON.stringify(runs)}, set: ${JSON.stringify(set)}${more} })`;
const importAll = 'import { runInNotebook, startInNotebook, training } from "nonsmooth";';
const cell = (runs: string) => `${importAll}
const done = await ${call(runs)};
console.log(done.rows.length, done.manifest.status, done.summary === undefined);`;

const only = (runs: string): RunEntry => listRuns(runs)[0]!;
const rowsIn = (runs: string) => readFileSync(join(only(runs).directory, "rows.jsonl"), "utf8");

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await sleep(50);
  }
}

const hasRows = (runs: string, rows: number) => until(() => (listRuns(runs)[0]?.rows ?? 0) >= rows, `${rows} rows`);

/** What the same run gives in this process. */
let expected: string | undefined;
async function undivided(): Promise<string> {
  if (expected === undefined) {
    const runs = temporaryFolder();
    await runExperiment(training, { preset: "smoke", workers: 1, runs, set: { ...set, precisions: [32] } });
    expected = rowsIn(runs);
  }
  return expected;
}

const succeeded = ({ status, error, stdout }: Executed) => ({ status, error, last: stdout.trim().split("\n").at(-1) });
const complete = { status: "ok", error: undefined, last: "48 done false" };

describe("an experiment in a notebook", () => {
  it("goes on when its kernel is killed; another kernel finds it and shows it to its end", async () => {
    const runs = temporaryFolder();
    const [first, second] = [await kernel(), await kernel()];
    void first.run(cell(runs));
    await hasRows(runs, 1);
    const { pid } = holderOf(only(runs).directory)!;
    first.client.signal("SIGKILL");
    const executed = await second.run(cell(runs));
    expect(executed.stdout).toContain(`process ${pid}, which was started elsewhere, is at work on this run`);
    expect(succeeded(executed)).toEqual(complete);
    expect(only(runs).manifest?.sessions).toBe(1);
    expect(rowsIn(runs)).toBe(await undivided());
    // once it is done, the cell reads it: nothing is computed, nobody is started
    expect(succeeded(await second.run(`console.log((await ${call(runs)}).rows.length, "done", false);`))).toEqual(
      complete,
    );
    expect(only(runs).manifest?.sessions).toBe(1);
  });

  it("is shared by two notebooks that start it at the same time", async () => {
    const runs = temporaryFolder();
    const both = await Promise.all([kernel(), kernel()]);
    const executed = await Promise.all(both.map((one) => one.run(cell(runs))));
    expect(executed.map(succeeded)).toEqual([complete, complete]);
    expect(only(runs).manifest?.sessions).toBe(1);
    expect(rowsIn(runs)).toBe(await undivided());
  });

  it("is stopped by ■, and continued by the same cell", async () => {
    const runs = temporaryFolder();
    const one = await kernel();
    const running = one.run(cell(runs));
    await hasRows(runs, 1);
    const { pid } = holderOf(only(runs).directory)!;
    one.client.signal("SIGINT");
    const { error } = await running;
    expect(error?.ename).toBe("Interrupted");
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(only(runs).status).toBe("interrupted");
    expect(succeeded(await one.run(cell(runs)))).toEqual(complete);
    expect(only(runs).manifest?.sessions).toBe(2);
    expect(rowsIn(runs)).toBe(await undivided());
  });

  it.each([
    ["goes on when Jupyter interrupts its kernel and shuts it down, though it has no news just then", "", true],
    ["stops, and can be continued, when it runs in a kernel that is shut down", ", detached: false", false],
  ])("%s", async (_, more, goesOn) => {
    const runs = temporaryFolder();
    const one = await kernel();
    void one.run(`${importAll}\nawait ${call(runs, "runInNotebook", more)};`);
    await hasRows(runs, 2);
    const { pid } = holderOf(only(runs).directory)!;
    if (goesOn) process.kill(pid, "SIGSTOP");
    one.client.signal("SIGINT");
    await open.shift()!.close();
    if (goesOn) process.kill(pid, "SIGCONT");
    expect(only(runs).status).toBe(goesOn ? "running" : "interrupted");
    const two = await kernel();
    expect(succeeded(await two.run(cell(runs)))).toEqual(complete);
    expect(only(runs).manifest?.sessions).toBe(goesOn ? 1 : 2);
    expect(rowsIn(runs)).toBe(await undivided());
  });

  it("says so when its process is killed, or stopped by a command, and continues", async () => {
    const runs = temporaryFolder();
    const one = await kernel();
    const killed = one.run(cell(runs));
    await hasRows(runs, 1);
    process.kill(holderOf(only(runs).directory)!.pid, "SIGKILL");
    expect((await killed).error?.evalue).toMatch(
      /^run: its process ended in the middle; what it has done is kept, got "signal SIGKILL"\nHint: run the cell again/,
    );
    const stopped = one.run(cell(runs));
    await until(() => holderOf(only(runs).directory) !== undefined, "a second process");
    const { run } = only(runs);
    const told = await nonsmooth(["runs", "stop", run, "--runs", runs]);
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toBe(
      `run training/${run}: stopped, what is done is kept; the same command or cell continues it\n`,
    );
    expect((await stopped).error?.evalue).toMatch(/^run: was stopped from elsewhere; what it has done is kept/);
    expect((await nonsmooth(["runs", "stop", run, "--runs", runs])).out).toContain("nothing to stop");
    expect(succeeded(await one.run(cell(runs)))).toEqual(complete);
    expect(rowsIn(runs)).toBe(await undivided());
  });

  it("fails with the error of the library", async () => {
    const runs = temporaryFolder();
    const one = await kernel();
    const code = `${importAll}\nawait runInNotebook(training, { preset: "smoke", runs: ${JSON.stringify(runs)}, workers: 4000, set: ${JSON.stringify(set)} });`;
    expect((await one.run(code)).error?.evalue).toBe("workers: must be a whole number from 0 to 1024, got 4000");
  });
});

describe("startInNotebook", () => {
  it("leaves the kernel free, survives ■, and is waited for or stopped by its handle", async () => {
    const runs = temporaryFolder();
    const one = await kernel();
    expect((await one.run(`${importAll}\nconst started = await ${call(runs, "startInNotebook")};`)).status).toBe("ok");
    await hasRows(runs, 1);
    const meanwhile = await one.run(
      "console.log(started.rows().length > 0, started.progress()?.total, started.runDirectory);",
    );
    expect(meanwhile.stdout).toBe(`true 2880 ${only(runs).directory}\n`);
    const waiting = one.run("await started.finished();");
    await sleep(500);
    one.client.signal("SIGINT");
    expect((await waiting).error?.ename).toBe("Interrupted");
    expect(holderOf(only(runs).directory)).toBeDefined();
    expect((await one.run("await started.stop();")).status).toBe("ok");
    expect(only(runs).status).toBe("interrupted");
    const again = await one.run(
      `const again = await ${call(runs, "startInNotebook")};\nconst ended = await again.finished();\nconsole.log(ended.rows.length, "done", false);`,
    );
    expect(succeeded(again)).toEqual(complete);
    expect(rowsIn(runs)).toBe(await undivided());
  });
});
