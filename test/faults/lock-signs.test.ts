/** What locks say that are of other machines, or of machines that look the same. */
import { spawn } from "node:child_process";
import fs, {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { holderOf, lockFolder, lookAtLocks } from "../../src/runs/lock";
import { ownPlace, ownStart } from "../../src/util";
import { temporaryFolder, until } from "../runs/folder";

const FAR = "lock.7.12345.00000000";
/** Of a process of this place that is gone. */
const GONE = `lock.2147483647.5.${ownPlace}`;
const TEXT = "engine-room 2026-11-28T19:00:00.000Z ";
const HOUR = 3600;
/** 30 s, after which a lock that does not change is silent, and some. */
const SILENT = 40_000;

/** A lock that is not rewritten; its time by a clock that is so many seconds ahead. */
function silent(folder: string, name: string, ahead: number, content = `${TEXT}5\n`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  const time = Date.now() / 1000 + ahead;
  utimesSync(path, time, time);
  return path;
}

/** A lock that another process rewrites, in place as writers do: it is never empty once it has been written. */
async function beating(folder: string, name: string, ahead: number): Promise<string> {
  const path = silent(folder, name, ahead, "");
  const script = `const fs = require("node:fs"); let beat = 0;
    const file = fs.openSync(${JSON.stringify(path)}, "r+");
    setInterval(() => {
      fs.writeSync(file, ${JSON.stringify(TEXT)} + beat++ + "\\n", 0);
      const time = Date.now() / 1000 + ${ahead};
      fs.utimesSync(${JSON.stringify(path)}, time, time);
    }, 500);`;
  const child = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { mtimeMs } = fs.statSync(path);
  const isBeating = () => fs.statSync(path).size > 0 && Math.abs(fs.statSync(path).mtimeMs - mtimeMs) < 15_000;
  expect(await until(isBeating, 60_000)).toBe(true);
  return path;
}

const real = { statfsSync: fs.statfsSync, statSync: fs.statSync };
function replace(parts: Partial<typeof real>): void {
  Object.assign(fs, parts);
  syncBuiltinESMExports();
}
afterEach(() => replace(real));

/** A file system that other machines may write to, too. */
const onNfs = () => replace({ statfsSync: (() => ({ type: 0x6969 })) as unknown as typeof fs.statfsSync });

const locks = (folder: string) => readdirSync(folder).filter((file) => file.startsWith("lock."));

describe.each([-HOUR, -60, 0, 60, HOUR])("a writer whose clock is %s s ahead", (ahead) => {
  it("is seen by a reader and refuses a second writer while it lives", async () => {
    const folder = temporaryFolder();
    const path = await beating(folder, FAR, ahead);
    expect(holderOf(folder)).toMatchObject({ pid: 7, isNear: false });
    expect(() => lockFolder(folder)).toThrow(
      "process 7 of another container or machine, host engine-room, since 2026-",
    );
    expect(locks(folder)).toEqual([FAR]);
    expect(existsSync(path)).toBe(true);
  });
});

it.each([-HOUR, 20, HOUR])("a lock that does not change is taken over, its time %s s ahead", async (ahead) => {
  const folder = temporaryFolder();
  const path = silent(folder, FAR, ahead);
  let notes: readonly string[] = [];
  const take = () => {
    try {
      const hold = lockFolder(folder);
      notes = hold.notes;
      hold.release();
      return true;
    } catch {
      return false;
    }
  };
  expect(await until(take, SILENT)).toBe(true);
  expect(notes).toEqual([expect.stringContaining("took over from process 7 of another container or machine")]);
  expect(existsSync(path)).toBe(false);
});

it("a reader watches many locks that do not change at once", () => {
  const folder = temporaryFolder();
  const folders = Array.from({ length: 20 }, (_, i) => join(folder, String(i)));
  for (const one of folders) {
    mkdirSync(one);
    silent(one, FAR, -HOUR);
  }
  lookAtLocks(folders);
  expect(folders.map(holderOf).filter((holder) => holder !== undefined)).toEqual([]);
  // nobody's clock is wrong by days
  silent(folders[0]!, "lock.8.1.00000000", -48 * HOUR);
  expect(holderOf(folders[0]!)).toBeUndefined();
});

describe("a lock that says nothing", () => {
  it("is that of a writer, if it is empty", async () => {
    const folder = temporaryFolder();
    silent(folder, FAR, 0, "");
    expect(() => lockFolder(folder)).toThrow("process 7 of another container or machine is writing to it");
    expect(holderOf(folder)).toMatchObject({ pid: 7 });
  });

  it.skipIf(process.geteuid?.() !== 0)("is that of a writer, if it cannot be read: its time tells", async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o777);
    chmodSync(await beating(folder, FAR, HOUR), 0o600);
    process.seteuid!(65534);
    try {
      expect(() => lockFolder(folder)).toThrow("process 7 of another container or machine is writing to it");
      expect(holderOf(folder)).toMatchObject({ pid: 7 });
    } finally {
      process.seteuid!(0);
    }
  });
});

describe("a copy of a running machine, with the same boot and the same process namespace", () => {
  it("a process that is gone here and lives there keeps the folder, where both can write", async () => {
    const folder = temporaryFolder();
    await beating(folder, GONE, 0);
    onNfs();
    expect(() => lockFolder(folder)).toThrow("process 2147483647 of another container or machine, host engine-room");
    expect(locks(folder)).toEqual([GONE]);
  });

  it("a process that is gone here and does not live there has lost it", () => {
    const folder = temporaryFolder();
    silent(folder, GONE, 0);
    onNfs();
    lockFolder(folder).release();
    expect(locks(folder)).toEqual([]);
  });

  it("of two copies of a writer one gives up, and leaves the lock to the other", async () => {
    const folder = temporaryFolder();
    const hold = lockFolder(folder);
    const path = join(folder, locks(folder)[0]!);
    writeFileSync(path, readFileSync(path, "utf8").replace(/\d+\n$/, "4321\n"));
    expect(await until(() => !hold.isHeld(), 20_000)).toBe(true);
    hold.release();
    expect(readFileSync(path, "utf8")).toMatch(/ 4321\n$/);
  });

  it("a lock of the own name is that of another one, and counts while it is rewritten", async () => {
    const own = `lock.${process.pid}.${ownStart()}.${ownPlace}`;
    const folder = temporaryFolder();
    silent(folder, own, -HOUR);
    const hold = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow("this process is writing to it");
    hold.release();
    const other = mkdtempSync(join(folder, "other-"));
    await beating(other, own, -HOUR);
    expect(() => lockFolder(other)).toThrow("this process is writing to it");
  });
});

it("a lock is not lost while its file system gives no answer", () => {
  const folder = temporaryFolder();
  const hold = lockFolder(folder);
  replace({
    statSync: (() => {
      throw Object.assign(new Error("ESTALE: stale file handle"), { code: "ESTALE" });
    }) as unknown as typeof fs.statSync,
  });
  expect(hold.isHeld()).toBe(true);
  replace(real);
  fs.unlinkSync(join(folder, locks(folder)[0]!));
  expect(hold.isHeld()).toBe(false);
  hold.release();
});

it("a thousand locks, one after another and all at once", async () => {
  const folder = temporaryFolder();
  for (let i = 0; i < 1000; i++) lockFolder(folder).release();
  const folders = Array.from({ length: 1000 }, (_, i) => join(folder, String(i)));
  for (const one of folders) mkdirSync(one);
  const holds = folders.map((one) => lockFolder(one));
  const text = (one: string) => readFileSync(join(one, locks(one)[0]!), "utf8");
  expect(await until(() => folders.every((one) => !text(one).endsWith(" 0\n")), 60_000)).toBe(true);
  expect(holds.every((hold) => hold.isHeld())).toBe(true);
  for (const hold of holds) hold.release();
  expect(folders.flatMap(locks)).toEqual([]);
});
