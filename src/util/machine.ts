/** How many cores and how much memory this process may use. In a container that may be less than the machine has. */
import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";

/**
 * Cores for threads and worker processes: those of the machine, but no more than the CPU quota of its control groups (cgroups, by which
 * containers and queues limit what they run), rounded down, and at least 1.
 * @param root where the system's files are; for tests
 */
export function coreCount(root = "/"): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cpuQuota(root))));
}

/** In bytes: the machine's memory, or the limit of the control group, if that is lower. */
export function memorySize(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Cores that all limits above this process leave; infinity if there are none. */
function cpuQuota(root: string): number {
  const groups = textOf(join(root, "proc/self/cgroup")).split("\n");
  const quotas = groups.flatMap((line) => {
    // "0::/user.slice/job" in version 2, "4:cpu,cpuacct:/docker/1f" in version 1
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === "") return above(path).map((group) => quotaOf(join(root, "sys/fs/cgroup", group)));
    if (!controllers!.split(",").includes("cpu")) return [];
    return above(path).map((group) => quotaOfOld(join(root, "sys/fs/cgroup/cpu", group)));
  });
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
}

/** A group and those that it is in: each may have a limit. In a container only the last may be there, under the name "/". */
function above(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...above(parent)];
}

/** "150000 100000": microseconds of computing in microseconds of time; "max 100000" without a limit. */
function quotaOf(group: string): number {
  const [quota, period] = textOf(join(group, "cpu.max")).split(" ").map(Number);
  return cores(quota, period);
}

/** -1 without a limit. */
function quotaOfOld(group: string): number {
  return cores(
    ...(["cpu.cfs_quota_us", "cpu.cfs_period_us"].map((file) => Number(textOf(join(group, file)))) as [number, number]),
  );
}

const cores = (quota = 0, period = 0): number => (quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY);

/** Empty for a file that is not there: other systems have none of them. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
