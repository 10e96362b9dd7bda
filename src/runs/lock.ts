/**
 * One writer per folder. Each writer creates an empty file named after its process, `lock.<pid>.<start>`, and then looks for
 * others: of two writers at the same moment at least one sees the other and gives up. A lock whose process is gone, by SIGKILL too,
 * counts for nothing and is removed. Processes on other machines are not seen.
 */
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { NonsmoothError } from "../util";

/** Locks of this process; those that are left when it ends are removed. */
const held = new Set<string>();
process.on("exit", () => {
  for (const path of held) rmSync(path, { force: true });
});

const NAME = /^lock\.(\d+)\.(\d+)$/;

/**
 * Takes the folder for this process.
 * @param taken the error for a folder that another holds, "process 12" or "this process"; default: that of a run folder
 * @returns a function that gives it back.
 * @throws if a live process, this one included, holds it.
 */
export function lockFolder(folder: string, taken = (who: string) => runTaken(folder, who)): () => void {
  const name = `lock.${process.pid}.${ownStart()}`;
  const path = join(folder, name);
  if (owners(folder).some((owner) => owner.file === name)) throw taken("this process");
  closeSync(openSync(path, "wx"));
  held.add(path);
  const release = () => {
    rmSync(path, { force: true });
    held.delete(path);
  };
  for (const owner of owners(folder)) {
    if (owner.file === name) continue;
    if (owner.alive) {
      release();
      throw taken(`process ${owner.pid}`);
    }
    rmSync(join(folder, owner.file), { force: true });
  }
  return release;
}

/** Whether a live process writes to the folder. */
export function isLocked(folder: string): boolean {
  return owners(folder).some((owner) => owner.alive);
}

function runTaken(folder: string, who: string): NonsmoothError {
  const rule = `has one writer at a time, and ${who} is writing to it`;
  return new NonsmoothError("run folder", rule, { got: folder, code: "run-folder-busy" });
}

function owners(folder: string): { file: string; pid: number; alive: boolean }[] {
  return readdirSync(folder).flatMap((file) => {
    const [, pid, start] = NAME.exec(file) ?? [];
    return pid && start ? [{ file, pid: Number(pid), alive: isAlive(Number(pid), start) }] : [];
  });
}

/** Process numbers are reused, soon in containers; the start time tells two processes with the same number apart. */
function ownStart(): string {
  return procStat(process.pid)?.start ?? String(Math.round(performance.timeOrigin));
}

function isAlive(pid: number, start: string): boolean {
  const stat = procStat(pid);
  // Z and X: dead, but not yet waited for by its parent
  if (stat) return stat.start === start && stat.state !== "Z" && stat.state !== "X";
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** State and start time in ticks since boot, from Linux' /proc (proc_pid_stat(5), fields 3 and 22); elsewhere undefined. */
function procStat(pid: number): { state: string; start: string } | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // not Linux, or no such process: the caller asks by signal
  }
  // the name, field 2, is in parentheses and may hold any character
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : undefined;
}
