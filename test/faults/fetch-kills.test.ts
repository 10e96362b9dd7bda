/** A fetch that is killed at any of its renames: a reader sees the files of one version, and nothing of the killed one stays. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { cifar10 } from "../../src/data/cifar10";
import { compiledModule } from "../../src/util";

const folder = mkdtempSync(join(tmpdir(), "nonsmooth-fetch-kills-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = ["data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"];

/** Files of CIFAR-10 in which every byte is the version. */
function write(place: string, version: number): void {
  mkdirSync(place, { recursive: true });
  for (const name of NAMES) writeFileSync(join(place, name), Buffer.alloc(10_000 * 3073, version));
}

/** Fetches in a process of its own, which kills itself before or after its n-th rename, from 0. */
function fetchAndDie(from: string, data: string, rename: number, when: "before" | "after") {
  const program = `const fs = require("node:fs");
  const own = fs.renameSync;
  let renames = 0;
  fs.renameSync = (a, b) => {
    const dies = renames++ === ${rename};
    if (dies && "${when}" === "before") process.kill(process.pid, "SIGKILL");
    own(a, b);
    if (dies) process.kill(process.pid, "SIGKILL");
  };
  const { cifar10 } = require(${JSON.stringify(compiledModule("data/cifar10"))});
  cifar10.fetch({ directory: ${JSON.stringify(data)}, from: ${JSON.stringify(from)} });`;
  return spawnSync(process.execPath, ["-e", program], { encoding: "utf8", timeout: 60_000 });
}

const versionsIn = (place: string): number[] => NAMES.map((name) => readFileSync(join(place, name))[5000]!);

const from = join(folder, "from");
write(from, 2);

it.each([
  [0, "before", 1],
  [0, "after", 2],
  [1, "before", 2],
  [1, "after", 2],
  [2, "after", 2],
  [3, "before", 2],
  [3, "after", 2],
] as const)(
  "rename %i, killed %s it: the files are all of version %i",
  async (rename, when, version) => {
    const data = mkdtempSync(join(folder, "data-"));
    const place = join(data, "cifar-10-batches-bin");
    // one of the old files is broken: the new ones are fetched
    write(place, 1);
    writeFileSync(join(place, NAMES[1]!), Buffer.alloc(10_000 * 3073, 99));
    const { signal, stderr } = fetchAndDie(from, data, rename, when);
    expect([signal, stderr]).toEqual(["SIGKILL", ""]);
    // something is left to be put in order
    expect(readdirSync(place).some((name) => name.startsWith("."))).toBe(true);
    // reading the dataset finishes what was whole
    expect(cifar10.count!({ split: "test", directory: data })).toBe(10_000);
    expect(versionsIn(place)).toEqual(version === 2 ? [2, 2, 2] : [1, 99, 1]);
    await cifar10.fetch!({ directory: data, from });
    expect(versionsIn(place)).toEqual([2, 2, 2]);
    expect(readdirSync(place).sort()).toEqual(NAMES);
    expect(existsSync(join(data, "cifar10"))).toBe(false);
    rmSync(data, { recursive: true, force: true });
  },
  120_000,
);
