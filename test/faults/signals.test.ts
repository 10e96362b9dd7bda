/** Signals that stop a program, as terminals, service managers and queues of clusters send them. */
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { countRows, ended, nonsmooth, SMALL, SMALL_ROWS, start, temporaryFolder, until } from "../cli/support";
import { writeCells } from "../notebook/support";

const numberOf = (signal: NodeJS.Signals) => constants.signals[signal];

describe("a notebook's runner", () => {
  it.each(["SIGHUP", "SIGUSR1", "SIGKILL"] as const)(
    "%s to it ends its kernel, and the kernel's processes",
    async (signal) => {
      const folder = temporaryFolder();
      const pids = join(folder, "pids");
      const busy = `import { spawn } from "child_process"; import { writeFileSync } from "fs";
      const child = spawn("sleep", ["600"]); writeFileSync(${JSON.stringify(pids)}, process.pid + " " + child.pid + " ");
      for (;;) {}`;
      const runner = start(["notebooks", writeCells(folder, [busy]), "--out", join(folder, "out")]);
      const outcome = ended(runner);
      expect(await until(() => existsSync(pids) && readFileSync(pids, "utf8").endsWith(" "), 120_000)).toBe(true);
      const running = () => readFileSync(pids, "utf8").trim().split(" ").map(Number).filter(isRunning);
      expect(running()).toHaveLength(2);
      runner.kill(signal);
      expect((await outcome).code).toBe(signal === "SIGKILL" ? null : 128 + numberOf(signal));
      expect(await until(() => running().length === 0, 3_000)).toBe(true);
    },
  );
});

describe.each(["run", "figure"])("nonsmooth %s", (command) => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)(
    "%s to it and its workers ends it with 128 and the signal's number, and its rows stay",
    async (signal) => {
      const runs = temporaryFolder();
      const out = command === "figure" ? ["--out", temporaryFolder()] : [];
      const words = [command, "bifurcation-frequency", ...SMALL, "--runs", runs, "--workers", "1", ...out];
      const child = start(words, {}, undefined, { detached: true });
      const outcome = ended(child);
      expect(await until(() => countRows(runs) > 0, 120_000)).toBe(true);
      // as queues do, to every process of the job
      process.kill(-child.pid!, signal);
      const { code, err } = await outcome;
      expect([code, err.match(/^interrupted.*$/m)?.[0]]).toEqual([
        128 + numberOf(signal),
        "interrupted, run again to continue",
      ]);
      expect(err).not.toContain("Debugger");
      const rows = countRows(runs);
      expect(rows).toBeLessThan(SMALL_ROWS);
      // once is enough
      if (signal !== "SIGTERM") return;
      expect((await nonsmooth(words)).code).toBe(0);
      expect(countRows(runs)).toBe(SMALL_ROWS);
    },
  );
});

it.each([10, 20, 30, 40, 50, 60, 80, 100, 150, 200])(
  "SIGUSR1 while it starts, after %d ms, ends it, where Node opens its debugger",
  async (delay) => {
    const runs = temporaryFolder();
    const child = start(["run", "bifurcation-frequency", ...SMALL, "--runs", runs]);
    const outcome = ended(child);
    await sleep(delay);
    child.kill("SIGUSR1");
    const { code } = await outcome;
    // null: Node had not begun
    expect(code ?? child.signalCode).toBeOneOf([128 + numberOf("SIGUSR1"), "SIGUSR1"]);
  },
);

function isRunning(pid: number): boolean {
  try {
    // a killed child that nobody has waited for is still listed, as a zombie
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
