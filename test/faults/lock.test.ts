/** Two writers of one run that cannot see each other's processes: in containers, or on two machines with one file system. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anyRows, openRun } from "../../src/runs";
import { compiledModule } from "../../src/util";
import { temporaryFolder, until } from "../runs/folder";

const open = (directory: string) => openRun({ experiment: "toy", config: { n: 1 }, directory, rows: anyRows("i") });

describe("the lock", () => {
  it("a lock of another place is refused while it shows life, and taken over when it does not", () => {
    const runs = temporaryFolder();
    const { directory } = open(runs);
    for (const file of readdirSync(directory)) if (file.startsWith("lock.")) unlinkSync(join(directory, file));
    const far = join(directory, "lock.7.12345.00000000");
    writeFileSync(far, "engine-room 2026-11-28T19:00:00.000Z 5\n");
    expect(() => open(runs)).toThrow(
      new RegExp(
        "^run folder: has one writer at a time, and process 7 of another container or machine, host engine-room, " +
          'since 2026-11-28T19:00:00.000Z, is writing to it, got ".*"\nHint: stop it there; if it is gone, its lock is free after 30 s',
      ),
    );
    expect(existsSync(far)).toBe(true);
    for (const seconds of [-60, 3600]) {
      // the second one as after a clock that jumped back: nothing rewrites it while it is watched
      writeFileSync(far, "engine-room 2026-11-28T19:00:00.000Z 5\n");
      utimesSync(far, Date.now() / 1000 + seconds, Date.now() / 1000 + seconds);
      const store = open(runs);
      expect(store.notes[0]).toMatch(/^took over from process 7 of another .*, host engine-room, since 2026/);
      expect(existsSync(far)).toBe(false);
      store.stop("interrupted");
    }
  }, 30_000);

  const UNSHARE = ["-pf", "--mount-proc", "--kill-child"];
  const canUnshare = spawnSync("unshare", [...UNSHARE, "true"]).status === 0;

  it.skipIf(!canUnshare)(
    "the second of two containers is refused, and what a killed one leaves is free after a while",
    async () => {
      const runs = temporaryFolder();
      const program = join(runs, "hold.js");
      writeFileSync(
        program,
        `const { anyRows, openRun } = require(${JSON.stringify(compiledModule("runs/index"))});
       try { openRun({ experiment: "toy", config: { n: 1 }, directory: ${JSON.stringify(runs)}, rows: anyRows("i") }); }
       catch (error) { process.stderr.write(error.message); process.exit(1); }
       process.stdout.write("open");
       for (;;) ; // computes, and answers nothing`,
      );
      const holder = spawn("unshare", [...UNSHARE, process.execPath, program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => holder.stdout.once("data", resolve));
      const second = () =>
        spawnSync("unshare", [...UNSHARE, process.execPath, program], { encoding: "utf8", timeout: 60_000 });
      const lock = () =>
        readdirSync(join(runs, "toy"))
          .flatMap((run) => readdirSync(join(runs, "toy", run)))
          .find((file) => file.startsWith("lock."));
      await new Promise((resolve) => setTimeout(resolve, 33_000));
      // it has computed for longer than a silent lock counts, and is still seen to live
      const { status, stderr } = second();
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/^run folder: has one writer at a time, and process \d+ of another container/),
      ]);
      const ended = new Promise((resolve) => holder.on("close", resolve));
      holder.kill("SIGKILL");
      await ended;
      expect(lock()).toBeDefined();
      expect(await until(() => attempt(() => open(runs).stop("interrupted")), 60_000)).toBe(true);
      expect(lock()).toBeUndefined();
    },
    180_000,
  );
});

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (/has one writer at a time/.test((error as Error).message)) return false;
    throw error;
  }
}
