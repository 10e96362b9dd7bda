/** Runs driven by processes of their own, killed without warning. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { anyRows, listRuns, openRun } from "../../src/runs";
import { compiledModule, stream } from "../../src/util";
import { temporaryFolder, until } from "./folder";

/** A toy experiment: 120 rows, in an order that depends on the session, done by two workers. */
const TOY = `
const { anyRows, openRun, runPool } = require(${JSON.stringify(compiledModule("runs/index"))});
const [runs, workers] = process.argv.slice(2);
const store = openRun({ experiment: "toy", config: { n: 120 }, directory: runs, rows: anyRows("i") });
const jobs = Array.from({ length: 120 }, (_, i) => (i * 7 + 13 * store.rows.length) % 120).filter((i) => !store.has(String(i)));
runPool({
  module: __dirname + "/worker.js", workers: Number(workers), jobs, init: { scale: 0.1 },
  onResult: (row) => store.append(row),
}).then(() => store.finish());
`;
const WORKER = `
exports.worker = async ({ scale }) => ({ close: async () => {}, do: async (i) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return { i, value: i % 5 ? Math.sin(i) * scale : NaN, list: [i, -0], text: "é".repeat(i) };
} });
`;

function toy(): { folder: string; runs: string; start: (workers?: number) => ChildProcess } {
  const folder = temporaryFolder();
  const runs = join(folder, "runs");
  writeFileSync(join(folder, "toy.js"), TOY);
  writeFileSync(join(folder, "worker.js"), WORKER);
  const start = (workers = 2) =>
    spawn(process.execPath, [join(folder, "toy.js"), runs, String(workers)], { stdio: ["ignore", "ignore", "pipe"] });
  return { folder, runs, start };
}

function ended(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, errors })));
}

function content(runs: string, file: string): Buffer {
  const [run] = readdirSync(join(runs, "toy"));
  return readFileSync(join(runs, "toy", run!, file));
}

it("a run that is killed at random moments and resumed ends with the bytes of an undisturbed one", async () => {
  const undisturbed = toy();
  expect(await ended(undisturbed.start(0))).toEqual({ code: 0, errors: "" });

  const killed = toy();
  const random = stream(17, "kill");
  let kills = 0;
  let sessions = 0;
  while (kills < 5) {
    const before = rowsIn(killed.runs);
    const child = killed.start();
    sessions++;
    const end = ended(child);
    const some = before + 1 + random.integer(12);
    await until(() => rowsIn(killed.runs) >= some || child.exitCode !== null, 10_000);
    await new Promise((resolve) => setTimeout(resolve, random.integer(5)));
    child.kill("SIGKILL");
    await end;
    if (child.exitCode !== null) break;
    kills++;
    expect(listRuns(killed.runs)[0]?.status).toBe("interrupted");
  }
  expect(kills).toBeGreaterThanOrEqual(3);
  expect(await ended(killed.start())).toEqual({ code: 0, errors: "" });
  for (const file of ["rows.jsonl", "rows.parquet"]) {
    expect(content(killed.runs, file).equals(content(undisturbed.runs, file))).toBe(true);
  }
  expect(listRuns(killed.runs)[0]).toMatchObject({ status: "done", rows: 120, manifest: { sessions: sessions + 1 } });
});

function rowsIn(runs: string): number {
  return existsSync(runs) ? (listRuns(runs)[0]?.rows ?? 0) : 0;
}

it("a second process is kept out while the first one lives", async () => {
  const { runs } = toy();
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, "hold.js"),
    `const { anyRows, openRun } = require(${JSON.stringify(compiledModule("runs/index"))});
     openRun({ experiment: "toy", config: { n: 120 }, directory: process.argv[2], rows: anyRows("i") });
     process.stdout.write("open"); setInterval(() => {}, 1000);`,
  );
  const holder = spawn(process.execPath, [join(folder, "hold.js"), runs], { stdio: ["ignore", "pipe", "inherit"] });
  const end = ended(holder);
  await new Promise((resolve) => holder.stdout?.once("data", resolve));
  const open = () => openRun({ experiment: "toy", config: { n: 120 }, directory: runs, rows: anyRows("i") });
  expect(open).toThrow(`run folder: has one writer at a time, and process ${holder.pid} is writing to it`);
  expect(listRuns(runs)[0]?.status).toBe("running");
  holder.kill("SIGKILL");
  await end;
  open().stop("interrupted");
});

/** Waiting jobs end with the channel; busy ones are ended by the thread that watches the parent. */
it.skipIf(process.platform === "win32").each([
  ["waiting", "await new Promise((resolve) => setTimeout(resolve, 60_000));"],
  ["busy", "for (const end = Date.now() + 60_000; Date.now() < end; );"],
])("workers that are %s are gone two seconds after their parent was killed", async (_name, job) => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, "worker.js"),
    `const fs = require("node:fs");
     exports.worker = async (folder) => ({ close: async () => {}, do: async (i) => { fs.writeFileSync(folder + "/pid." + process.pid, ""); ${job} } });`,
  );
  writeFileSync(
    join(folder, "parent.js"),
    `require(${JSON.stringify(compiledModule("runs/index"))}).runPool({
       module: __dirname + "/worker.js", workers: 2, jobs: [1, 2], init: __dirname, onResult() {} });`,
  );
  const parent = spawn(process.execPath, [join(folder, "parent.js")], { stdio: "ignore" });
  const end = ended(parent);
  const pids = () => readdirSync(folder).flatMap((file) => (file.startsWith("pid.") ? [Number(file.slice(4))] : []));
  expect(await until(() => pids().length === 2, 120_000)).toBe(true);
  parent.kill("SIGKILL");
  await end;
  const gone = await until(() => !pids().some(lives), 2000);
  for (const pid of pids().filter(lives)) process.kill(pid, "SIGKILL");
  expect(gone).toBe(true);
});

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  // a zombie that nobody has waited for is gone, too
  return !existsSync(stat) || !/\) [ZX] /.test(readFileSync(stat, "utf8"));
}
