/** `nonsmooth submit` and `nonsmooth jobs` with programs in place of Slurm's, and without any. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nonsmooth, onlyRun, rowsOf, temporaryFolder } from "./support";

const SETTINGS = [
  "dataset=glyphs",
  "precisions=16",
  "widths=8",
  "depths=1",
  "batchSizes=64",
  "sampleSizes=128",
  "runs=4",
];
const run = ["bifurcation-frequency", "--preset", "smoke", ...SETTINGS.flatMap((setting) => ["--set", setting])];

/** A folder of programs that stand in place of Slurm's; each runs this line of shell. */
function slurm(lines: Readonly<Record<string, string>>): { readonly PATH: string } {
  const folder = temporaryFolder();
  for (const [name, line] of Object.entries(lines)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: folder };
}

/** The script of the only run, and the words of its command. */
const scriptIn = (runs: string) => readFileSync(join(onlyRun(runs)!, "slurm", "submit.sbatch"), "utf8");

it("without sbatch the script is written and one line says so; --go fails, and --script names another place", async () => {
  const [runs, file] = [temporaryFolder(), join(temporaryFolder(), "array.sbatch")];
  const words = ["submit", ...run, "--shards", "4", "--runs", runs];
  const { code, out } = await nonsmooth(words, slurm({}));
  expect(code).toBe(0);
  expect(out).toMatch(/^4 runs, 0 of them done;/m);
  expect(out).toContain(": 4 shards, each with 1 part of the run\n");
  expect(out).toMatch(
    /^time limit of a task: 00:10:00 \(3 times the longer of these, at least 10 min, rounded up; measured on this machine/m,
  );
  expect(out).toMatch(
    /^to submit it on a machine of the cluster, since sbatch is not here: sbatch \S+submit\.sbatch$/m,
  );
  expect(scriptIn(runs)).toContain("#SBATCH --array=1-4\n");
  // nothing has been computed: it is no run yet
  expect((await nonsmooth(["runs", "list", "--runs", runs])).out).toBe("0 runs\n");
  const refused = await nonsmooth([...words, "--go", "--script", file], slurm({}));
  expect([refused.code, refused.err.split("\n")[0]]).toEqual([1, "submit: needs sbatch, which is not here"]);
  expect(readFileSync(file, "utf8")).toBe(scriptIn(runs));
});

it("what cannot be written is said before anything is measured", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const words = ["submit", ...run, "--shards", "4", "--runs", join(folder, "runs")];
  const inFile = await nonsmooth([...words, "--script", join(folder, "file", "x")]);
  expect([inFile.code, inFile.out]).toEqual([2, ""]);
  expect(inFile.err).toContain("--script: must be a file in a folder that exists, got ");
  const isFolder = await nonsmooth([...words, "--script", folder]);
  expect(isFolder).toMatchObject({
    code: 2,
    out: "",
    err: `--script: must be a file, not a folder, got ${JSON.stringify(folder)}\n`,
  });
  const noPlace = await nonsmooth(["submit", ...run, "--shards", "4", "--runs", "/proc/runs"]);
  expect([noPlace.code, noPlace.out, noPlace.err.split(",")[0]]).toEqual([2, "", "run folder: must be writable"]);
});

it("what Slurm cannot take is said before anything is measured or made", async () => {
  const runs = join(temporaryFolder(), "a\\b");
  const { code, out, err } = await nonsmooth(["submit", ...run, "--shards", "4", "--runs", runs]);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(/^run folder: must have no backslash in its path, for Slurm's logs, got ".*a\\\\b\/.*slurm"\n$/);
  expect(existsSync(runs)).toBe(false);
});

it("the command in the script computes the shard, of the same run: what is done is not submitted again, at last nothing", async () => {
  const runs = temporaryFolder();
  const env = slurm({ sbatch: 'echo "17;cluster"' });
  const words = ["submit", ...run, "--shards", "4", "--runs", runs];
  const first = await nonsmooth([...words, "--go"], env);
  const name = `bifurcation-frequency/${onlyRun(runs)!.split("/").at(-1)}`;
  expect(first.out).toContain(`submitted as job 17; to follow it: npx nonsmooth jobs ${name}\n`);
  const [submission] = readFileSync(join(onlyRun(runs)!, "slurm", "submissions.jsonl"), "utf8")
    .trim()
    .split("\n");
  expect(JSON.parse(submission!)).toMatchObject({ job: 17, count: 4, indices: "1-4", command: [...words, "--go"] });
  for (const shard of [1, 3, 4]) {
    expect((await nonsmooth(["run", ...run, "--runs", runs, "--shard", `${shard}/4`])).code).toBe(0);
  }
  const again = await nonsmooth(words, env);
  expect(again.out).toContain(": 4 shards, each with 1 part of the run; 3 done, which are not submitted again\n");
  expect(scriptIn(runs)).toContain("#SBATCH --array=2\n");
  expect((await nonsmooth(["run", ...run, "--runs", runs, "--shard", "2/4"])).code).toBe(0);
  const undivided = temporaryFolder();
  await nonsmooth(["run", ...run, "--runs", undivided]);
  expect(rowsOf(runs)).toBe(rowsOf(undivided));
  const last = await nonsmooth([...words, "--go"], env);
  expect(last).toMatchObject({
    code: 0,
    out: `${name}: nothing to submit, all 4 shards are done; run folder: ${onlyRun(runs)}\n`,
  });
});

it("what sbatch says when it does not take the script is the error", async () => {
  const runs = temporaryFolder();
  const env = slurm({ sbatch: 'echo "sbatch: error: invalid partition specified: no" >&2; exit 1' });
  const { code, err } = await nonsmooth(["submit", ...run, "--shards", "2", "--runs", runs, "--go"], env);
  expect(code).toBe(1);
  expect(err).toContain(
    'sbatch: must take the script, got "sbatch: error: invalid partition specified: no"\nHint: change ',
  );
  expect(existsSync(join(onlyRun(runs)!, "slurm", "submissions.jsonl"))).toBe(false);
});

it("jobs shows each shard as the queue and its folder have it, and cancels what waits or runs", async () => {
  const runs = temporaryFolder();
  await nonsmooth(["submit", ...run, "--shards", "4", "--runs", runs, "--go"], slurm({ sbatch: "echo 17" }));
  await nonsmooth(["run", ...run, "--runs", runs, "--shard", "1/4"]);
  const folder = onlyRun(runs)!;
  const name = `bifurcation-frequency/${folder.split("/").at(-1)}`;
  writeFileSync(join(folder, "slurm", "17_4.log"), "begins\nslurmstepd: error: Detected 1 oom-kill event\n\n");
  const cancelled = join(temporaryFolder(), "cancelled");
  const env = slurm({
    squeue: 'printf "17|[2]|PENDING|Priority|\\n17|3|RUNNING|None|n1\\n17|4|OUT_OF_MEMORY|OutOfMemory|n2\\n"',
    scancel: `echo "$@" > ${cancelled}`,
  });
  const { out } = await nonsmooth(["jobs", "--runs", runs], env);
  expect(out).toBe(`${name}: 4 shards, job 17
  done     1
  running  3  0 rows, job 17 on n1
  waiting  2  Priority
  failed   4  OUT_OF_MEMORY: slurmstepd: error: Detected 1 oom-kill event
to submit what failed or is missing: npx nonsmooth submit ${run.join(" ")} --shards 4 --runs ${runs} --go
1 done, 1 running, 1 waiting, 1 failed of 4

`);
  const { counts, shards } = JSON.parse((await nonsmooth(["jobs", folder, "--runs", runs, "--json"], env)).out);
  expect(counts).toEqual({ done: 1, running: 1, waiting: 1, failed: 1, missing: 0 });
  expect(shards[3]).toMatchObject({ index: 4, state: "failed", job: 17, node: "n2" });
  const stopped = await nonsmooth(["jobs", name, "--runs", runs, "--cancel"], env);
  expect(stopped.out).toContain(`${name}: cancelled job 17`);
  expect(readFileSync(cancelled, "utf8")).toBe("17\n");
});

/** The script's comment, as Slurm reads it and shows it in the queue. */
const commentOf = (script: string) => /^#SBATCH --comment="([^"]*)"$/m.exec(script)![1]!;

it("a script that was submitted by hand is in the queue before it has a log: jobs shows it, and submit leaves it out", async () => {
  const runs = temporaryFolder();
  const words = ["submit", ...run, "--shards", "4", "--runs", runs];
  await nonsmooth(words, slurm({}));
  const name = `bifurcation-frequency/${onlyRun(runs)!.split("/").at(-1)}`;
  const elsewhere = "nonsmooth: 4 shards, logs in /elsewhere/slurm";
  const env = slurm({
    squeue: `echo '21|1-4|PENDING|Priority||${commentOf(scriptIn(runs))}'; echo '22|1-4|RUNNING|None|n1|${elsewhere}'`,
  });
  const { out } = await nonsmooth(["jobs", "--runs", runs], env);
  expect(out).toBe(`${name}: 4 shards, job 21\n  waiting  1-4  Priority\n4 waiting of 4\n\n`);
  const again = await nonsmooth([...words, "--go"], env);
  expect([again.code, again.out]).toEqual([
    0,
    `${name}: nothing to submit, 0 of 4 shards are done, and the others wait or run: npx nonsmooth jobs ${name}\n`,
  ]);
  // by another path to the same folder
  const link = join(temporaryFolder(), "link");
  symlinkSync(runs, link);
  expect((await nonsmooth(["jobs", "--runs", link], env)).out).toContain(`${name}: 4 shards, job 21\n`);
  // all of them failed before there was anything of a shard, and the queue has forgotten them
  for (const index of [1, 2, 3, 4])
    writeFileSync(join(onlyRun(runs)!, "slurm", `21_${index}.log`), "node: command not found\n");
  const failed = await nonsmooth(["jobs", "--runs", runs], slurm({ squeue: "" }));
  expect(failed.out).toContain(`${name}: 4 shards, job 21\n  failed   1-4  node: command not found\n`);
});

it("a run is not divided anew while a job is at work on it; jobs shows that job's division, and cancels every job of the run", async () => {
  const runs = temporaryFolder();
  const words = (count: number) => ["submit", ...run, "--shards", String(count), "--runs", runs];
  await nonsmooth([...words(4), "--go"], slurm({ sbatch: "echo 17" }));
  const name = `bifurcation-frequency/${onlyRun(runs)!.split("/").at(-1)}`;
  const script = scriptIn(runs);
  const queue = 'printf "17|1-3|PENDING|Priority|\\n17|4|RUNNING|None|n1\\n"';
  const refused = await nonsmooth([...words(2), "--go"], slurm({ squeue: queue, sbatch: "echo 18" }));
  expect([refused.code, refused.err]).toEqual([
    1,
    `--shards: must be 4 while job 17 waits or runs, got 2\nHint: --shards 4, or npx nonsmooth jobs ${name} --cancel first\n`,
  ]);
  expect(scriptIn(runs)).toBe(script);
  // both at once, as when a script was submitted by hand
  await nonsmooth([...words(2), "--go"], slurm({ sbatch: "echo 18" }));
  const cancelled = join(temporaryFolder(), "cancelled");
  const both = slurm({ squeue: `${queue}; echo '18|1-2|CANCELLED|None|'`, scancel: `echo "$@" > ${cancelled}` });
  const stopped = await nonsmooth(["jobs", name, "--runs", runs], both);
  expect(stopped.out).toContain(`${name}: 4 shards, job 17\n  running  4  0 rows, job 17 on n1\n  waiting  1-3`);
  const three = slurm({ squeue: `${queue}; echo '18|1-2|PENDING|Priority|'`, scancel: `echo "$@" > ${cancelled}` });
  const beside = await nonsmooth(["jobs", name, "--runs", runs], three);
  expect(beside.out).toContain("job 17 is at work, too, and divides the run into 4 shards\n");
  await nonsmooth(["jobs", name, "--runs", runs, "--cancel"], three);
  expect(readFileSync(cancelled, "utf8")).toBe("17 18\n");
});

it("a training has a thread for each core of a task, whatever this machine has, unless it is told otherwise", async () => {
  const threads = [[], ["--cpus", "3"], ["--cpus", "3", "--set", "threads=2"]].map(async (more) => {
    const [runs, file] = [temporaryFolder(), join(temporaryFolder(), "array.sbatch")];
    const words = ["submit", "training", "--preset", "smoke", "--set", "dataset=glyphs", "--shards", "2", ...more];
    const { out } = await nonsmooth([...words, "--runs", runs, "--script", file], slurm({}));
    const number = /^ {2}--set threads=(\d+)$/m.exec(readFileSync(file, "utf8"))?.[1];
    expect(out).toMatch(new RegExp(`^matrix products here, on ${number} threads?: `, "m"));
    return number;
  });
  expect(await Promise.all(threads)).toEqual(["1", "3", "2"]);
});

it("without Slurm's programs jobs says what the folders say, and one line that it is so", async () => {
  const runs = temporaryFolder();
  await nonsmooth(["submit", ...run, "--shards", "4", "--runs", runs, "--go"], slurm({ sbatch: "echo 17" }));
  await nonsmooth(["run", ...run, "--runs", runs, "--shard", "2/4"]);
  // as after a crash in the middle of a line
  appendFileSync(join(onlyRun(runs)!, "slurm", "submissions.jsonl"), '{"job": 18, "cou');
  const { code, out, err } = await nonsmooth(["jobs", "--runs", runs], slurm({}));
  expect([code, err]).toEqual([0, "squeue is not here: what waits is not known, and what runs only by its folder\n"]);
  expect(out).toMatch(/^ {2}done {5}2\n {2}missing {2}1,3-4\n/m);
  expect(out).toContain("\n1 done, 3 missing of 4\n");
  const nothing = temporaryFolder();
  mkdirSync(join(nothing, "empty"));
  expect((await nonsmooth(["jobs", "--runs", nothing])).out).toBe(`no run in ${nothing} was submitted\n`);
  rmSync(nothing, { recursive: true });
});
