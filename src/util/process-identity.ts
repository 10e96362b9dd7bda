/** Which processes a process can see, and which of those are alive. */
import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

const boot = attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
const namespace = attempt(() => readlinkSync("/proc/self/ns/pid"));

/**
 * Where process numbers mean the same, in 8 hexadecimal digits: of two processes with one place each can tell whether the other is
 * alive. A container has a place of its own, and so has a machine after each start. Copies of a running virtual machine share one.
 */
export const ownPlace: string = createHash("sha256")
  .update([hostname(), boot, namespace].join("\n"))
  .digest("hex")
  .slice(0, 8);

/** Whether the place is more than the host's name, which another machine or container may have, too. */
export const isPlaceKnown: boolean = boot !== "" && namespace !== "";

/** Process numbers are reused, soon in containers; the start time tells two processes with the same number apart. */
export function ownStart(): string {
  return procStat("self")?.start ?? String(Math.round(performance.timeOrigin));
}

/** What is seen of a process of this place. `perhaps`: one of this number is alive, and when it started is not known. */
export type Sight = "alive" | "perhaps" | "gone";

export function sightOf(pid: number, start: string): Sight {
  const stat = isOwnProc() ? procStat(pid) : undefined;
  // Z and X: dead, but not yet waited for by its parent
  if (stat) return stat.start === start && stat.state !== "Z" && stat.state !== "X" ? "alive" : "gone";
  try {
    process.kill(pid, 0);
    return "perhaps";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "perhaps" : "gone";
  }
}

/** Whether a process of this place is alive, as far as can be seen. */
export const isAlive = (pid: number, start: string): boolean => sightOf(pid, start) !== "gone";

/** In a new namespace /proc may still be that of the old one, with other numbers. */
const isOwnProc = () => attempt(() => readlinkSync("/proc/self")) === String(process.pid);

/** State and start time in ticks since boot, from Linux' /proc (proc_pid_stat(5), fields 3 and 22); elsewhere undefined. */
function procStat(process: number | "self"): { state: string; start: string } | undefined {
  const line = attempt(() => readFileSync(`/proc/${process}/stat`, "utf8"));
  // the name, field 2, is in parentheses and may hold any character
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : undefined;
}

/** What /proc says; "" where there is none, or no such process: callers have another way then. */
function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/** Tells a process to stop, as Ctrl-C does; does nothing if it is gone. */
export function interruptProcess(pid: number): void {
  try {
    process.kill(pid, "SIGINT");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
