/** Runs in shards on a real Slurm with two nodes: whatever happens to tasks and nodes, the rows are those of the undivided run. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stream } from "../../src/util";
import { nonsmooth, onlyRun, rowsOf, temporaryFolder } from "../cli/support";
import { Cluster, kill, type Node, whyNoSlurm } from "./cluster";

const SHARDS = 8;
const KILLS = 8;
/** Submissions until everything is done. */
const ROUNDS = 12;
/** Seconds in which tasks that nobody disturbs are at their end. */
const PATIENCE = 200;

/** Each takes some seconds on two workers. */
const experiments: Readonly<Record<string, readonly string[]>> = {
  "bifurcation-frequency": [
    "precisions=16,32",
    "widths=32",
    "depths=2",
    "batchSizes=64",
    "sampleSizes=2560",
    "runs=90",
  ],
  training: [
    "images=1024",
    "testImages=256",
    "widths=32,32",
    "precisions=16,32",
    "runs=2",
    "epochs=20",
    "batchSize=64",
    // those of a task; without them the run on one machine has a thread for each of its cores
    "threads=1",
  ],
};

const wordsOf = (experiment: string, runs: string, more: readonly string[] = []): string[] => {
  const settings = ["dataset=glyphs", ...experiments[experiment]!, ...more].flatMap((setting) => ["--set", setting]);
  return [experiment, ...settings, "--runs", runs];
};

/** Every character of these means something to a shell, to Slurm, or to both. */
const ODD = `a 'b' "c" $HOME #1 50% %A;&`;

/** By default each test is made with one experiment; NONSMOOTH_CAMPAIGN=1 makes all of them with both. */
const isCampaign = process.env.NONSMOOTH_CAMPAIGN === "1";

const why = whyNoSlurm();

describe.skipIf(why !== undefined)(`Slurm${why === undefined ? "" : `: skipped, ${why}`}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
  });
  afterAll(() => cluster?.stop());

  const call = async (words: readonly string[]): Promise<string> => {
    const { code, out, err } = await nonsmooth(words, cluster.env);
    expect(code, err).toBe(0);
    return out;
  };
  const submit = (experiment: string, runs: string, ...more: string[]) =>
    call(["submit", ...wordsOf(experiment, runs), "--shards", String(SHARDS), "--time", "10", ...more]);
  const countsOf = async (runs: string) => JSON.parse(await call(["jobs", "--runs", runs, "--json"])).counts;
  const logsOf = (runs: string, experiment: string) => {
    const folder = join(onlyRun(runs, experiment)!, "slurm");
    const files = readdirSync(folder).filter((file) => file.endsWith(".log"));
    return files.map((file) => `${file}:\n${readFileSync(join(folder, file), "utf8")}`);
  };
  const undivided = async (experiment: string, more?: readonly string[]) => {
    const runs = temporaryFolder();
    await call(["run", ...wordsOf(experiment, runs, more)]);
    return rowsOf(runs, experiment);
  };
  const expectDone = async (experiment: string, runs: string, expected: string) => {
    expect(rowsOf(runs, experiment), logsOf(runs, experiment).join("\n")).toBe(expected);
    expect(await countsOf(runs)).toMatchObject({ done: SHARDS, missing: 0 });
    expect(readdirSync(onlyRun(runs, experiment)!)).not.toContain("shards");
    expect(await submit(experiment, runs, "--go")).toContain("nothing to submit, all 8 shards are done");
  };

  /** The node with the most tasks is lost. They go back into the queue once the controller misses it. */
  const loseNode = async () => {
    const tasksOf = (node: Node) => cluster.processesOf(node).keepers.length;
    const busiest = () => (tasksOf("n1") >= tasksOf("n2") ? "n1" : "n2");
    for (let tries = 0; tasksOf(busiest()) === 0 && tries < 100; tries++) await sleep(100);
    await sleep(1000);
    const node = busiest();
    expect(tasksOf(node)).toBeGreaterThan(0);
    cluster.killNode(node);
    await cluster.down(node);
    cluster.startNode(node);
  };

  describe.each(Object.keys(experiments))("%s in 8 shards", (experiment) => {
    const [withKills, withTwo] = isCampaign
      ? [true, true]
      : [experiment === "bifurcation-frequency", experiment === "training"];

    it.runIf(withKills)(
      "tasks and a node are killed, and what is missing is submitted again: no row is lost or doubled",
      async () => {
        const runs = join(temporaryFolder(), ODD);
        const expected = await undivided(experiment);
        const random = stream(1, "slurm", experiment);
        let kills = 0;
        const disturb = async () => {
          await sleep(random.uniformIn(300, 1500));
          const running = cluster.taskProcesses(/^node\0/);
          const victim = running[Math.floor(running.length * random.uniform())];
          if (victim === undefined) return;
          kill(victim);
          kills++;
        };
        for (let round = 0; round < ROUNDS && rowsOf(runs, experiment) !== expected; round++) {
          await submit(experiment, runs, "--go");
          // first tasks are killed while all of them run; what they leave is for the node that is lost
          if (round === 1) await loseNode();
          while (kills < KILLS && !cluster.isEmpty()) await disturb();
          expect(await cluster.empty(PATIENCE)).toBe(true);
        }
        expect(kills).toBeGreaterThan(KILLS / 2);
        expect(cluster.restarts()).toBeGreaterThan(0);
        await expectDone(experiment, runs, expected);
      },
      900_000,
    );

    it.runIf(withTwo)(
      "two submissions of the same run at once: each shard is computed once, and no task fails",
      async () => {
        const runs = temporaryFolder();
        const expected = await undivided(experiment);
        await Promise.all([submit(experiment, runs, "--go"), submit(experiment, runs, "--go")]);
        expect(await cluster.empty(2 * PATIENCE)).toBe(true);
        await expectDone(experiment, runs, expected);
        const states = cluster.call("squeue", ["--noheader", "--states=all", "--array", "--format=%T"]).split("\n");
        expect(states.filter((state) => state === "COMPLETED").length).toBeGreaterThanOrEqual(2 * SHARDS);
      },
      900_000,
    );
  });

  it("a task whose time limit comes goes back into the queue, and on from where it stopped", async () => {
    const [experiment, runs] = ["training", temporaryFolder()];
    const long = ["epochs=800", "precisions=32", "runs=1"];
    const expected = await undivided(experiment, long);
    const words = ["submit", ...wordsOf(experiment, runs, long), "--shards", "2", "--time", "1"];
    await call(words);
    const script = join(onlyRun(runs, experiment)!, "slurm", "submit.sbatch");
    // a minute is the shortest limit, and Slurm looks twice a minute: a task is told of it after 10 to 40 seconds
    writeFileSync(script, readFileSync(script, "utf8").replace(/USR1@\d+/, "USR1@50"));
    cluster.call("sbatch", [script]);
    expect(await cluster.empty(4 * PATIENCE)).toBe(true);
    const logs = logsOf(runs, experiment).join("\n");
    expect(logs).toContain("interrupted, run again to continue");
    expect(rowsOf(runs, experiment), logs).toBe(expected);
  }, 900_000);

  it("jobs follows a submission, and cancels it", async () => {
    const [experiment, runs] = ["training", temporaryFolder()];
    await submit(experiment, runs, "--limit", "2", "--go");
    await sleep(3000);
    const during = await countsOf(runs);
    expect(during.running + during.done).toBeGreaterThan(0);
    expect(during.waiting).toBeGreaterThan(0);
    const run = onlyRun(runs, experiment)!;
    expect(await call(["jobs", run, "--runs", runs, "--cancel"])).toContain("cancelled job ");
    expect(await cluster.empty(PATIENCE)).toBe(true);
    const text = await call(["jobs", "--runs", runs]);
    expect(text).toMatch(/^ {2}failed {3}\S+ {2}CANCELLED/m);
    expect(text).toContain("to submit what failed or is missing: npx nonsmooth submit training");
  }, 900_000);
});
