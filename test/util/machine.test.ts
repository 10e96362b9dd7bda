import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { coreCount, memorySize } from "../../src/util";

/** The system's files, by path. */
function system(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "nonsmooth-system-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
}

const all = availableParallelism();
const V2 = { "proc/self/cgroup": "0::/" };
const V1 = { "proc/self/cgroup": "3:memory:/docker/1f\n2:cpu,cpuacct:/docker/1f" };
const v1 = (quota: string, folder = "") => ({
  ...V1,
  [`sys/fs/cgroup/cpu${folder}/cpu.cfs_quota_us`]: quota,
  [`sys/fs/cgroup/cpu${folder}/cpu.cfs_period_us`]: "100000",
});

it.each<[string, Readonly<Record<string, string>>, number]>([
  ["no control groups", {}, all],
  ["no limit", { ...V2, "sys/fs/cgroup/cpu.max": "max 100000" }, all],
  ["a limit above the machine's cores", { ...V2, "sys/fs/cgroup/cpu.max": "100000000 100000" }, all],
  ["one core", { ...V2, "sys/fs/cgroup/cpu.max": "100000 100000" }, 1],
  ["one core and a half", { ...V2, "sys/fs/cgroup/cpu.max": "75000 50000" }, 1],
  ["half a core", { ...V2, "sys/fs/cgroup/cpu.max": "50000 100000" }, 1],
  [
    "a limit of the group above",
    {
      "proc/self/cgroup": "0::/a/b",
      "sys/fs/cgroup/a/cpu.max": "100000 100000",
      "sys/fs/cgroup/a/b/cpu.max": "max 100000",
    },
    1,
  ],
  ["a limit of another group", { "proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/c/cpu.max": "100000 100000" }, all],
  ["version 1, no limit", v1("-1"), all],
  ["version 1, a container that sees only its own group", v1("100000"), 1],
  ["version 1, on the machine", v1("100000", "/docker/1f"), 1],
  ["text that is no limit", { ...V2, "sys/fs/cgroup/cpu.max": "x" }, all],
])("cores with %s", (_, files, cores) => {
  expect(coreCount(system(files))).toBe(cores);
});

it("memory is at most the machine's", () => {
  expect(memorySize()).toBeGreaterThan(2 ** 26);
  expect(memorySize()).toBeLessThanOrEqual(totalmem());
});
