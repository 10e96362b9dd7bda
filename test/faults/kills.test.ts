/** A campaign: runs are killed again and again at random moments, continue, and must end with the bytes of an undisturbed run. */
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Stream, stream } from "../../src/util";
import { ended, type Outcome, rowsOf, start, temporaryFolder, until } from "../cli/support";

const KILLS = 20;
/** Seconds in which a run that nobody kills must be at its end. */
const PATIENCE = 120;

/** Each takes some seconds on two workers. */
const experiments: Readonly<Record<string, readonly string[]>> = {
  "bifurcation-frequency": [
    "precisions=16,32",
    "widths=32",
    "depths=2",
    "batchSizes=64",
    "sampleSizes=2560",
    "runs=60",
  ],
  "gradient-difference": ["precisions=16,32", "width=32", "depth=2", "batchSize=64", "images=2560", "runs=30"],
  training: ["images=1024", "testImages=256", "widths=32,32", "precisions=16,32", "runs=2", "epochs=2", "batchSize=64"],
  zeros: ["images=1024", "testImages=256", "depths=2", "widths=16,32", "precisions=16,32", "epochs=2", "runs=4"],
  harm: ["images=512", "testImages=128", "widths=32,32", "precisions=16", "epochs=2", "runs=4", "batchSize=64"],
  surprise: ["images=1280", "widths=32,16", "batchSize=32", "precisions=16,32", "runs=4"],
};

const begin = (experiment: string, runs: string): ChildProcess => {
  const settings = experiments[experiment]!.flatMap((setting) => ["--set", setting]);
  const words = ["run", experiment, "--set", "dataset=glyphs", ...settings, "--runs", runs, "--workers", "2"];
  return start(words, {}, undefined, { detached: true });
};

/** The processes of a group, by /proc. */
function membersOf(group: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      // pid (name) state parent group …; a name may hold spaces
      const [state, , own] = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return Number(own) === group && state !== "Z" ? [pid] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

/** Workers finish in any order, so lines are compared without it. */
const sorted = (text: string) => text.trimEnd().split("\n").sort();

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
};

/** The rows of a run that ends by itself. */
async function rowsAtTheEnd(experiment: string, runs: string, child = begin(experiment, runs)): Promise<string[]> {
  const end = await Promise.race([ended(child), sleep(PATIENCE * 1000)]);
  if (!end) kill(child.pid!);
  expect(end, "a hang").toBeDefined();
  expect((end as Outcome).code, (end as Outcome).err).toBe(0);
  return sorted(rowsOf(runs, experiment));
}

/** Kills a program or one of its workers after a random time; after a worker, which is replaced, the program, too. */
async function disturb(child: ChildProcess, random: Stream): Promise<number> {
  const end = ended(child);
  if (await Promise.race([end, sleep(random.uniformIn(300, 2500))])) return 0;
  const members = membersOf(child.pid!);
  // none is left if it ended just now
  const victim = members[Math.floor(members.length * random.uniform())];
  if (victim === undefined) {
    await end;
    return 0;
  }
  kill(victim);
  let kills = 1;
  if (victim !== child.pid && !(await Promise.race([end, sleep(random.uniformIn(400, 2000))]))) {
    kill(child.pid!);
    kills++;
  }
  await end;
  return kills;
}

describe.runIf(process.platform === "linux").each(Object.keys(experiments))("%s", (experiment) => {
  it(`${KILLS} kills of the program and its workers at random moments: no row is lost or doubled, nothing hangs or stays`, async () => {
    const expected = await rowsAtTheEnd(experiment, temporaryFolder());
    const random = stream(1, "kills", experiment);
    let [runs, kills, orphans] = [temporaryFolder(), 0, 0];
    while (kills < KILLS) {
      const child = begin(experiment, runs);
      const made = await disturb(child, random);
      kills += made;
      if (made === 0) {
        // it came to its end
        expect(await rowsAtTheEnd(experiment, runs)).toEqual(expected);
        runs = temporaryFolder();
      } else if (!(await until(() => membersOf(child.pid!).length === 0, 3000))) orphans++;
    }
    expect(await rowsAtTheEnd(experiment, runs)).toEqual(expected);
    expect(orphans).toBe(0);
  }, 600_000);
});
