import { spawn } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { runPool } from "../../src/runs";
import { compiledModule } from "../../src/util";
import { temporaryFolder, until } from "./folder";

/** A module whose worker does jobs `{do, ...}`; the folder counts what was begun. */
const WORKER = `
const fs = require("node:fs");
const actions = {
  square: ({ x }) => x * x,
  sleep: ({ ms }) => new Promise((resolve) => setTimeout(() => resolve(ms), ms)),
  where: () => process.pid,
  fail: ({ message }) => { throw new RangeError(message); },
  failPlainly: () => { throw "plain"; },
  copy: (job) => ({ ...job, same: job.values[1] === 1.5 }),
  uncopyable: () => () => 0,
  log: () => { console.log("a line on standard output"); return "logged"; },
  exit: () => process.exit(3),
  die: () => process.kill(process.pid, "SIGKILL"),
  dieOnce: ({ mark }) => { if (!fs.existsSync(mark)) { fs.writeFileSync(mark, ""); process.exit(1); } return "second time"; },
};
exports.worker = async (init) => {
  if (init?.fail) throw new Error(init.fail);
  if (init?.folder) fs.writeFileSync(init.folder + "/worker." + process.pid, "");
  return { do: async (job) => actions[job.do](job), close: async () => { if (init?.folder) fs.writeFileSync(init.folder + "/closed", ""); } };
};
`;

type Job = { do: string; [name: string]: unknown };

function workerModule(): string {
  const path = join(temporaryFolder(), "worker.js");
  writeFileSync(path, WORKER);
  return path;
}

async function results(workers: number, jobs: Iterable<Job>, more: { init?: unknown } = {}): Promise<unknown[]> {
  const out: unknown[] = [];
  await runPool<Job, unknown>({
    module: workerModule(),
    workers,
    jobs,
    ...more,
    onResult: (result) => void out.push(result),
  });
  return out;
}

describe.each([0, 1, 3])("a pool of %i workers", (workers) => {
  it("every job is done once", async () => {
    const jobs = Array.from({ length: 25 }, (_, x) => ({ do: "square", x }));
    const seen: [number, number][] = [];
    await runPool<Job, number>({
      module: workerModule(),
      workers,
      jobs,
      onResult: (result, job) => void seen.push([job.x as number, result]),
    });
    expect(seen.sort(([a], [b]) => a - b)).toEqual(jobs.map(({ x }) => [x, x * x]));
  });

  it.runIf(workers === 0)("a worker in this process is closed after its last job, also after an error", async () => {
    for (const job of ["square", "fail"]) {
      const folder = temporaryFolder();
      const done = results(workers, [{ do: job, x: 1, message: "broken" }], { init: { folder } });
      await done.catch((error: Error) => expect(error.message).toBe("broken"));
      expect(existsSync(join(folder, "closed"))).toBe(true);
    }
  });

  it("jobs are taken from a generator as they are needed, and the generator is closed", async () => {
    let taken = 0;
    let closed = false;
    function* jobs(): Generator<Job> {
      try {
        for (; ; taken++) yield { do: taken === 5 ? "fail" : "square", x: taken, message: "enough" };
      } finally {
        closed = true;
      }
    }
    await expect(results(workers, jobs())).rejects.toThrow("enough");
    if (workers < 2) expect(taken).toBe(5);
    expect(closed).toBe(true);
  });

  it("a job's error goes to onError with its name, and the other jobs are done", async () => {
    const errors: [string, string, string][] = [];
    const done: unknown[] = [];
    await runPool<Job, unknown>({
      module: workerModule(),
      workers,
      jobs: [{ do: "fail", message: "kink: out of range" }, { do: "failPlainly" }, { do: "square", x: 3 }],
      onResult: (result) => void done.push(result),
      onError: (error, job) => void errors.push([job.do, error.name, error.message]),
    });
    expect(done).toEqual([9]);
    expect(errors.sort()).toEqual([
      ["fail", "RangeError", "kink: out of range"],
      ["failPlainly", "Error", "plain"],
    ]);
  });

  it("a job's error ends the pool where there is no onError", async () => {
    await expect(results(workers, [{ do: "fail", message: "unhandled" }])).rejects.toThrow("unhandled");
  });

  it("an error in a worker's preparation and a module without a worker end the pool", async () => {
    await expect(results(workers, [{ do: "where" }], { init: { fail: "no engine" } })).rejects.toThrow("no engine");
    const module = join(temporaryFolder(), "empty.js");
    writeFileSync(module, "");
    await expect(runPool({ module, workers, jobs: [1], onResult() {} })).rejects.toThrow(
      /^pool module .*empty.js: must export a function `worker`, got undefined$/,
    );
  });

  it("onResult is called one at a time and waited for, and its error ends the pool", async () => {
    let inside = 0;
    let most = 0;
    let calls = 0;
    const pool = runPool<Job, unknown>({
      module: workerModule(),
      workers,
      jobs: Array.from({ length: 20 }, (_, x) => ({ do: "square", x })),
      async onResult() {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 3));
        inside--;
        if (++calls === 6) throw new Error("cannot write");
      },
    });
    await expect(pool).rejects.toThrow("cannot write");
    expect([most, calls]).toEqual([1, 6]);
  });

  it("a pool stops at once with the signal's reason", async () => {
    const controller = new AbortController();
    let done = 0;
    const pool = runPool<Job, unknown>({
      module: workerModule(),
      workers,
      jobs: [{ do: "square", x: 1 }, ...Array.from({ length: 40 }, () => ({ do: "sleep", ms: 150 }))],
      signal: controller.signal,
      onResult() {
        done++;
        setTimeout(() => controller.abort(new Error("interrupted, run again to continue")), 20);
      },
    });
    await expect(pool).rejects.toThrow("interrupted, run again to continue");
    expect(done).toBeLessThan(10);
    await expect(
      runPool({ module: workerModule(), workers, jobs: [1], signal: controller.signal, onResult() {} }),
    ).rejects.toThrow("interrupted, run again to continue");
  });

  it("a pool without jobs gives no results", async () => {
    expect(await results(workers, [])).toEqual([]);
  });
});

describe("worker processes", () => {
  it("workers are processes of their own, prepared once each, and gone afterwards", async () => {
    const folder = temporaryFolder();
    const jobs = Array.from({ length: 12 }, () => ({ do: "where" }));
    const pids = new Set(await results(2, jobs, { init: { folder } }));
    expect(pids.has(process.pid)).toBe(false);
    expect(readdirSync(folder).sort()).toEqual([...pids].map((pid) => `worker.${pid}`).sort());
    for (const pid of pids) expect(() => process.kill(pid as number, 0)).toThrow("ESRCH");
    expect(await results(0, [{ do: "where" }])).toEqual([process.pid]);
  });

  it("workers get and give typed arrays, NaN and −0", async () => {
    const job = { do: "copy", values: new Float64Array([Number.NaN, 1.5, -0]), map: new Map([["a", Number.NaN]]) };
    const [copy] = await results(1, [job]);
    expect(copy).toStrictEqual({ ...job, same: true });
  });

  it("a job or a result that cannot be copied is reported as the job's error", async () => {
    await expect(results(1, [{ do: "uncopyable" }])).rejects.toThrow("could not be cloned");
    await expect(results(1, [{ do: "square", x: () => 0 }])).rejects.toThrow("could not be cloned");
  });

  it("a worker that dies gets a successor, once", async () => {
    const mark = join(temporaryFolder(), "mark");
    const jobs = [
      { do: "dieOnce", mark },
      { do: "square", x: 2 },
    ];
    expect(await results(1, jobs)).toEqual(["second time", 4]);
  });

  it("a job on which workers die twice ends the pool, and the error tells how they died", async () => {
    await expect(results(2, [{ do: "die" }])).rejects.toThrow(
      'worker process: must survive its job, died twice on {"do":"die"} (signal SIGKILL)\nHint: often there is too little memory',
    );
    await expect(results(1, [{ do: "exit" }])).rejects.toThrow("(exit code 3)");
  });

  it("a number of workers that is no count is refused", async () => {
    await expect(results(1.5, [])).rejects.toThrow("workers: must be a whole number, 0 or more, got 1.5");
    await expect(results(-1, [])).rejects.toThrow("workers: must be a whole number, 0 or more, got -1");
  });
});

/** A parent whose workers sleep; SIGINT aborts its pool, as in the command line. */
const PARENT = `
const { runPool } = require(${JSON.stringify(compiledModule("runs/index"))});
const controller = new AbortController();
process.on("SIGINT", () => controller.abort(new Error("interrupted")));
const [path, folder] = process.argv.slice(2);
runPool({
  module: path, workers: 2, init: { folder }, signal: controller.signal,
  jobs: [{ do: "log" }, ...Array.from({ length: 4 }, () => ({ do: "sleep", ms: 60000 }))],
  onResult: (result) => process.stdout.write("result " + result + "\\n"),
}).catch((error) => { process.stdout.write(error.message + "\\n"); });
`;

it.skipIf(process.platform === "win32")("workers leave Ctrl-C to their parent, and standard output too", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "parent.js"), PARENT);
  // a process group of its own, as a terminal or a kernel has it
  const parent = spawn(process.execPath, [join(folder, "parent.js"), workerModule(), folder], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  parent.stdout.on("data", (chunk) => {
    output += chunk;
  });
  parent.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const end = new Promise((resolve) => parent.on("close", resolve));
  onTestFinished(() => void parent.kill("SIGKILL"));
  const workers = () => readdirSync(folder).filter((file) => file.startsWith("worker.")).length;
  expect(await until(() => workers() === 2 && output.includes("logged"), 120_000)).toBe(true);
  process.kill(-parent.pid!, "SIGINT");
  expect(await end).toBe(0);
  expect(output).toBe("result logged\ninterrupted\n");
  expect(errors).toBe("a line on standard output\n");
  expect(existsSync(`/proc/${parent.pid}`)).toBe(false);
});
