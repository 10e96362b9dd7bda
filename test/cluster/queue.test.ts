/** Time limits, lists of indices, and what Slurm's programs print. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  divisionText,
  indexList,
  leadOf,
  limitFor,
  limitText,
  parseAccount,
  parseIndices,
  parseLimit,
  parseQueue,
  readQueue,
  settingsBetween,
} from "../../src/cluster";

describe("time limits", () => {
  it.each([
    [0, "00:10:00"],
    [200, "00:10:00"],
    [201, "00:20:00"],
    [2400, "02:00:00"],
    [2401, "03:00:00"],
    [28_800, "1-00:00:00"],
    [100_000, "3-12:00:00"],
  ])("work of %s s gets the limit %s", (seconds, text) => {
    expect(limitText(limitFor(seconds))).toBe(text);
    expect(parseLimit(text)).toBe(limitFor(seconds));
  });

  it.each([
    ["30", 1800],
    ["90:30", 5430],
    ["1:30:00", 5400],
    ["2-12", 216_000],
    ["1-0:30", 88_200],
    ["1-00:00:30", 86_430],
  ])("Slurm's %s is %s s", (text, seconds) => {
    expect(parseLimit(text)).toBe(seconds);
  });

  it.each(["", "0", "0:59", "soon", "1:2:3:4", "-5", "1.5", "1-"])("%j is no limit", (text) => {
    expect(() => parseLimit(text)).toThrow("--time: must be a time of at least a minute as Slurm takes it");
  });

  it("a task hears of its limit two minutes before it, of a short one a quarter of it", () => {
    expect([60, 240, 480, 600, 86_400].map(leadOf)).toEqual([15, 60, 120, 120, 120]);
  });
});

describe("indices", () => {
  it.each([
    [[], ""],
    [[3], "3"],
    [[1, 2, 3], "1-3"],
    [[2, 5, 6, 7, 9], "2,5-7,9"],
  ])("%j is written %s", (indices, text) => {
    expect(indexList(indices)).toBe(text);
  });

  it("what is written is read back", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (some) => {
        const indices = some.sort((a, b) => a - b);
        expect(parseIndices(indexList(indices))).toEqual(indices);
        expect(parseIndices(`[${indexList(indices)}%4]`)).toEqual(indices);
      }),
    );
  });

  it("N/A and nothing are no indices", () => {
    expect(["", "N/A", "-", "x-3"].map(parseIndices)).toEqual([[], [], [], []]);
  });
});

describe("what Slurm's programs print", () => {
  it("squeue: tasks that run, wait, have ended; jobs that are no arrays are left out", () => {
    const text =
      "17|1|RUNNING|None|n1\n17|2|COMPLETING|None|n2\n17|[3-4%2]|PENDING|Resources|\n17|5|TIMEOUT|TimeLimit|n1\n18|N/A|RUNNING|None|n1\n";
    expect(parseQueue(text)).toEqual([
      { job: 17, index: 1, phase: "running", state: "RUNNING", node: "n1" },
      { job: 17, index: 2, phase: "running", state: "COMPLETING", node: "n2" },
      { job: 17, index: 3, phase: "waiting", state: "PENDING", reason: "Resources" },
      { job: 17, index: 4, phase: "waiting", state: "PENDING", reason: "Resources" },
      { job: 17, index: 5, phase: "ended", state: "TIMEOUT", node: "n1" },
    ]);
  });

  it("sacct: the same of tasks that no queue knows any more", () => {
    const text =
      "17_1|COMPLETED|n1\n17_2|CANCELLED by 1000|None assigned\n17_[3-4%2]|PENDING|None assigned\n18|COMPLETED|n1\n17_5.batch|FAILED|n2\n";
    expect(parseAccount(text)).toEqual([
      { job: 17, index: 1, phase: "ended", state: "COMPLETED", node: "n1" },
      { job: 17, index: 2, phase: "ended", state: "CANCELLED by 1000" },
      { job: 17, index: 3, phase: "waiting", state: "PENDING" },
      { job: 17, index: 4, phase: "waiting", state: "PENDING" },
    ]);
  });
});

describe("the queue", () => {
  afterEach(() => vi.unstubAllEnvs());

  /** Programs of these bodies are all that is in the path. */
  const programs = (bodies: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), "nonsmooth-queue-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const [name, body] of Object.entries(bodies)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    vi.stubEnv("PATH", folder);
  };

  it("knows better than the accounting what goes on; other jobs are left out", async () => {
    programs({
      squeue: 'echo "17|1|RUNNING|None|n1"; echo "99|1|RUNNING|None|n1"',
      sacct: 'echo "17_1|NODE_FAIL|n2"; echo "17_2|FAILED|n2"',
    });
    const { tasks, notes } = await readQueue([17]);
    expect(tasks.map(({ job, index, state }) => [job, index, state])).toEqual([
      [17, 1, "RUNNING"],
      [17, 2, "FAILED"],
    ]);
    expect(notes).toEqual([]);
  });

  it("has the tasks of jobs whose comment names one of the folders, whatever is in the folder's name", async () => {
    const comment = divisionText({ folder: "/runs/a|b (1)/slurm", count: 3 });
    programs({ squeue: `echo "20|[1,3]|PENDING|Priority||${comment}"; echo "21|1|PENDING|Priority||mine"` });
    const { tasks } = await readQueue([], ["/runs/a|b (1)/slurm"]);
    expect(tasks.map(({ job, index, phase }) => [job, index, phase])).toEqual([
      [20, 1, "waiting"],
      [20, 3, "waiting"],
    ]);
    expect((await readQueue([], ["/runs/a"])).tasks).toEqual([]);
  });

  it("without accounting there is nothing to tell; a controller that does not answer is told", async () => {
    programs({
      squeue: 'echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1',
      sacct: 'echo "Slurm accounting storage is disabled" >&2; exit 1',
    });
    const notes = ["squeue: slurm_load_jobs error: Unable to contact slurm controller (connect failure)"];
    expect(await readQueue([17])).toEqual({ tasks: [], notes });
  });

  it("without squeue one line says so, and nothing is asked for no jobs", async () => {
    programs({});
    const { tasks, notes } = await readQueue([17]);
    expect([tasks, notes]).toEqual([[], [expect.stringMatching(/^squeue is not here: /)]]);
    expect(await readQueue([])).toEqual({ tasks: [], notes: [] });
  });
});

describe("settings", () => {
  it("only what differs is written, text bare unless it could be read as something else", () => {
    const from = { dataset: "auto", runs: 5, widths: [1], engine: "auto", tie: 0 };
    const to = { dataset: "glyphs", runs: 5, widths: [16, 32], engine: "12", tie: null };
    expect(settingsBetween(from, to)).toEqual(["dataset=glyphs", "widths=[16,32]", 'engine="12"', "tie=null"]);
  });
});
