/** The text of an array script: what Slurm and the shell read in it is what was meant. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { type BatchScript, batchScript, shellLine, shellWord } from "../../src/cluster";

const plain: BatchScript = {
  run: "training/1939ad1357ec",
  name: "training-1939ad1357ec",
  count: 8,
  indices: [1, 2, 3, 4, 5, 6, 7, 8],
  time: "00:10:00",
  lead: 120,
  cpus: 1,
  logs: "/scratch/runs/slurm",
  command: [
    ["node", "/opt/nonsmooth/bin/nonsmooth.js"],
    ["run", "training"],
    ["--runs", "/scratch/runs"],
  ],
  wait: 120,
};

const full: BatchScript = {
  ...plain,
  indices: [2, 5, 6, 7],
  limit: 3,
  partition: "long",
  account: "maths",
  memory: "4G",
  cpus: 4,
  gpus: 1,
  modules: ["cuda/12.4", "node js"],
  container: "/images/it's.sif",
  binds: ["/scratch/runs"],
  environment: { NONSMOOTH_DATA: "/scratch/my data" },
};

/** What a shell makes of the script's lines with these programs in place of the real ones. */
function runScript(text: string, programs: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-script-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const slurm = { SLURM_ARRAY_JOB_ID: "17", SLURM_ARRAY_TASK_ID: "3", SLURM_JOB_ID: "19" };
  const path = `${folder}:${process.env.PATH}`;
  return spawnSync("bash", ["-c", text], {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, ...slurm, ...env, PATH: path, FOLDER: folder },
  });
}

/** Goes on for longer than anyone waits, but not for ever. */
const WORK = "for ((i = 0; i < 1000; i++)); do sleep 0.05; done";

/** Prints its words, each on a line of its own between slashes. */
const SHOW = `printf '/%s/\\n' "$@"`;

describe("an array script", () => {
  it("has a directive for all that was asked, and none for what was not", () => {
    const directives = (script: BatchScript) =>
      batchScript(script)
        .match(/^#SBATCH .*$/gm)
        ?.map((line) => line.slice(8));
    expect(directives(full)).toEqual([
      "--job-name=training-1939ad1357ec",
      "--array=2,5-7%3",
      "--time=00:10:00",
      "--ntasks=1",
      "--cpus-per-task=4",
      "--mem=4G",
      "--gpus-per-task=1",
      "--partition=long",
      "--account=maths",
      "--output=/scratch/runs/slurm/%A_%a.log",
      '--comment="nonsmooth: 8 shards, logs in /scratch/runs/slurm"',
      "--open-mode=append",
      "--requeue",
      "--signal=B:USR1@120",
    ]);
    expect(directives(plain)).not.toContainEqual(expect.stringMatching(/gpus|mem|partition|account/));
    expect(directives(plain)).toContain("--array=1-8");
  });

  it("directives come before every command, where Slurm looks for them", () => {
    const lines = batchScript(full).split("\n");
    const first = lines.findIndex((line) => line !== "" && !line.startsWith("#"));
    expect(lines.slice(first).filter((line) => line.startsWith("#SBATCH"))).toEqual([]);
  });

  it("modules, container and environment come around the command", () => {
    const text = batchScript(full);
    expect(text).toContain("module load cuda/12.4\nmodule load 'node js'\n");
    expect(text).toContain("export NONSMOOTH_DATA='/scratch/my data'\n");
    expect(text).toContain("  apptainer exec --nv\n  --bind /scratch/runs\n  '/images/it'\\''s.sif'\n  node ");
    expect(batchScript({ ...full, gpus: 0 })).toContain("  apptainer exec\n");
  });

  it("is a program for bash, and for shellcheck where that is here", () => {
    for (const text of [batchScript(plain), batchScript(full)]) {
      expect(spawnSync("bash", ["-n"], { input: text, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
      const checked = spawnSync("shellcheck", ["-"], { input: text, encoding: "utf8" });
      if (!checked.error) expect(checked.stdout).toBe("");
    }
  });

  it("the command gets each word as it was given, whatever it means to a shell, and the shard of the task", () => {
    const odd = [
      "a b",
      "$HOME",
      "`id`",
      "it's",
      '"q"',
      "\\",
      "*",
      "#",
      "!",
      "",
      "a\nb",
      "ünï",
      "--set=x;y&z|<>(){}[]~",
    ];
    const { stdout, status } = runScript(batchScript({ ...plain, command: [["show", ...odd]] }), { show: SHOW });
    expect(status).toBe(0);
    expect(stdout).toBe(`${[...odd, "--shard", "3/8", "--wait", "120"].map((word) => `/${word}/`).join("\n")}\n`);
  });

  it.each([
    [0, 0, ""],
    [1, 1, ""],
    [143, 143, ""],
    [138, 0, "requeue 17_3\n"],
  ])("a command that ends with %s: the task ends with %s", (code, ends, said) => {
    const { stdout, status } = runScript(batchScript({ ...plain, command: [["end"]] }), {
      end: `exit ${code}`,
      scontrol: 'echo "$@"',
    });
    expect([status, stdout]).toEqual([ends, said]);
  });

  it("a task that has been started too often is not put back into the queue", () => {
    const script = batchScript({ ...plain, command: [["end"]] });
    const programs = { end: "exit 138", scontrol: 'echo "$@"' };
    const { stdout, status } = runScript(script, programs, { SLURM_RESTART_COUNT: "100" });
    expect(status).toBe(138);
    expect(stdout).toMatch(/^stopped before its time limit, and not put back into the queue \(start 100 of 100\)/);
  });

  it.each([
    ["USR1", 138],
    ["TERM", 143],
  ])("the command hears of %s, and the task waits for its end", (signal, code) => {
    // it takes its time to stop, and another signal comes meanwhile
    const command = `trap 'sleep 0.5; echo stopped; exit ${code}' ${signal}; kill -${signal} "$PPID"; ${WORK}`;
    const text = batchScript({ ...plain, command: [["work"]] });
    // as it is; and the signal comes before the shell knows the command's number
    for (const script of [text, text.replace("pid=$!", "sleep 0.3\npid=$!")]) {
      const { stdout, status } = runScript(script, { work: command, scontrol: "exit 1" });
      expect(status).toBe(code);
      expect(stdout).toMatch(/^stopped\n/);
    }
  });

  it("logs in a folder whose name means something to Slurm", () => {
    const outputOf = (logs: string) => /^#SBATCH --output=(.*)$/m.exec(batchScript({ ...plain, logs }))?.[1];
    expect(outputOf('/a b/"c"/50%')).toBe('"/a b/\\"c\\"/50%%/%A_%a.log"');
    expect(() => outputOf("/a\\b")).toThrow("run folder: must have no backslash in its path, for Slurm's logs");
    expect(() => batchScript({ ...plain, partition: "a\nb" })).toThrow('--partition: must be one line, got "a\\nb"');
  });
});

describe("quoting", () => {
  it("a shell reads every word back as it was", () => {
    const word = fc.string({ unit: "binary", maxLength: 40 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const { stdout } = spawnSync("bash", ["-c", `printf '%s\\0' ${shellLine(words)}`], { encoding: "utf8" });
        expect(stdout.split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  it("what needs no quotes has none", () => {
    expect(["dataset=glyphs", "/a/b-c_d.e", "a,b:1+2%@"].map(shellWord)).toEqual([
      "dataset=glyphs",
      "/a/b-c_d.e",
      "a,b:1+2%@",
    ]);
    expect(["", "a b", "~"].map(shellWord)).toEqual(["''", "'a b'", "'~'"]);
  });
});
