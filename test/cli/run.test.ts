/** `nonsmooth run`: what it writes where, its exit codes, and that rows do not depend on how they came about. */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataSources } from "../../src/data";
import { engines, enginesWith, nvidiaDevice } from "../../src/engines";
import { experiments } from "../../src/experiments";
import { precisionRule, uniformIds } from "../../src/formats";
import { lockFolder } from "../../src/runs";
import { compiledModule, stream } from "../../src/util";
import {
  countRows,
  ended,
  nonsmooth,
  onlyRun,
  rowsOf,
  SMALL,
  SMALL_ROWS,
  start,
  temporaryFolder,
  until,
} from "./support";

const run = (runs: string, ...words: string[]) => ["run", "bifurcation-frequency", ...SMALL, "--runs", runs, ...words];
const lines = (text: string) => text.split("\n").slice(0, -1);

describe("a run of 48 rows", () => {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let undisturbed = "";
  let printed = "";

  beforeAll(async () => {
    const { code, out } = await nonsmooth(run(folder, "--json", "--workers", "0"));
    expect(code).toBe(0);
    printed = out;
    undisturbed = rowsOf(folder);
    expect(lines(undisturbed)).toHaveLength(SMALL_ROWS);
  });

  it("--json writes JSON lines to standard output, with the result last", () => {
    const results = lines(printed).map((line) => JSON.parse(line));
    const last = results.at(-1);
    expect(Object.keys(last)).toEqual(["experiment", "config", "engine", "rows", "summary", "seconds", "runDirectory"]);
    expect(last).toMatchObject({ experiment: "bifurcation-frequency", engine: "onnx-cpu", rows: SMALL_ROWS });
    expect(last.config).toMatchObject({ dataset: "glyphs", widths: [32, 256], runs: 8, seed: 1 });
    expect(last.runDirectory).toBe(onlyRun(folder));
    expect(last.summary).toHaveLength(6);
    const rows = lines(undisturbed).map((line) => JSON.parse(line));
    const different = (cell: { precision: number; width: number }) =>
      rows.filter((row) => row.precision === cell.precision && row.width === cell.width && row.outcome === "different");
    for (const cell of last.summary) expect([cell.different, cell.runs]).toEqual([different(cell).length, 8]);
    expect(last.summary[1]).toMatchObject({ precision: 16, width: 256 });
    expect(last.summary[1].different).toBeGreaterThan(0);
  });

  it("without --json, standard output has a table with intervals, the run's folder and the time", async () => {
    const { code, out, err } = await nonsmooth(run(folder));
    expect(code).toBe(0);
    expect(out).toContain("depth: 2 layers, batch size: 128 images, sample size: 2048, planned: 8, runs: 8");
    expect(out).toMatch(/precision +\(neurons\) +different +interval/);
    expect(out).toContain("\n  width: neurons in each hidden layer\n");
    expect(out).toMatch(/64 +256 +0 +0 \[0, 0\.324\]/); // Wilson's interval for 0 of 8 ends at z²/(8 + z²) = 0.324
    expect(out).toMatch(new RegExp(`48 rows in ${onlyRun(folder)}, [\\d.]+ s\n$`));
    expect(err).toMatch(/48\/48 runs \(100 %\)/);
    expect(rowsOf(folder)).toBe(undisturbed);
  });

  it("--fresh computes all rows again, and two workers give the same rows as none", async () => {
    const { code, out, err } = await nonsmooth(run(folder, "--fresh", "--json", "--workers", "2"));
    expect(code).toBe(0);
    expect(err).toContain("fresh: removed 48 earlier rows");
    expect(rowsOf(folder)).toBe(undisturbed);
    const summary = (text: string) => JSON.parse(lines(text).at(-1)!).summary;
    expect(summary(out)).toEqual(summary(printed));
  });

  it("a run stopped by Ctrl-C ends with code 130 and continues to the same rows", async () => {
    const runs = temporaryFolder();
    const child = start(run(runs, "--json", "--workers", "1"));
    const end = ended(child);
    expect(await until(() => countRows(runs) > 0, 120_000)).toBe(true);
    child.kill("SIGINT");
    const { code, out, err } = await end;
    expect(code).toBe(130);
    expect(out).toBe("");
    expect(err).toMatch(/stopped \(.*\)\ninterrupted, run again to continue\n$/);
    const manifest = JSON.parse(readFileSync(join(onlyRun(runs)!, "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ status: "interrupted", rows: countRows(runs) });
    expect(countRows(runs)).toBeLessThan(SMALL_ROWS);

    expect(await nonsmooth(run(runs))).toMatchObject({ code: 0 });
    expect(rowsOf(runs)).toBe(undisturbed);
  });

  it("a run killed ten times at random moments ends with the bytes of an undisturbed one", async () => {
    const runs = temporaryFolder();
    const random = stream(23, "kill");
    let midway = 0;
    for (let kill = 0; kill < 10; kill++) {
      const before = countRows(runs);
      const child = start(run(runs, "--workers", kill % 3 === 0 ? "0" : "2"));
      const end = ended(child);
      // while it works, and while it starts
      if (kill % 3 === 1)
        await until(() => countRows(runs) > before + random.integer(6) || child.exitCode !== null, 20_000);
      else await sleep(random.integer(600));
      await sleep(random.integer(8));
      child.kill("SIGKILL");
      await end;
      if (countRows(runs) > before && countRows(runs) < SMALL_ROWS) midway++;
    }
    expect(midway).toBeGreaterThanOrEqual(2);
    expect(await nonsmooth(run(runs))).toMatchObject({ code: 0 });
    expect(rowsOf(runs)).toBe(undisturbed);
  }, 180_000);
});

it("a row of no planned job is told when the run is planned, and set aside when it goes on", async () => {
  const [runs, out] = [temporaryFolder(), temporaryFolder()];
  const tiny = ["dataset=glyphs", "widths=8", "depths=1", "batchSizes=64", "sampleSizes=128", "runs=1"];
  const words = (command: string, ...more: string[]) =>
    nonsmooth([
      ...[command, "bifurcation-frequency", "--preset", "laptop", "--workers", "0", "--runs", runs],
      ...tiny.flatMap((setting) => ["--set", setting]),
      ...more,
    ]);
  expect(await words("run")).toMatchObject({ code: 0 });
  const undisturbed = rowsOf(runs);
  const stray = JSON.stringify({ ...JSON.parse(lines(undisturbed)[0]!), trial: 99 });
  appendFileSync(join(onlyRun(runs)!, "rows.jsonl"), `${stray}\n`);
  const told = "1 of 4 rows is of no run that the configuration asks for, the first with the key 16/8/1/64/99";
  expect((await words("run", "--dry-run")).err).toContain(`rows.jsonl: ${told}; a run sets it aside in stray.jsonl`);
  expect(lines(rowsOf(runs))).toContain(stray);
  expect((await words("run")).err).toContain(`set aside in stray.jsonl: ${told}`);
  expect(rowsOf(runs)).toBe(undisturbed);
  expect(readFileSync(join(onlyRun(runs)!, "stray.jsonl"), "utf8")).toBe(`${stray}\n`);
  expect((await words("figure", "--out", out)).err).not.toContain("no run that");
});

describe("wrong usage", () => {
  const KEYS =
    "dataset, engine, precisions, widths, depths, batchSizes, sampleSizes, sweep, runs, pair, chainRule, firstActivation, replicas, seed";

  const PRECISIONS = precisionRule(uniformIds);
  const DATASETS = dataSources.map((source) => source.name).join(", ");

  it.each([
    ["--set width=3", `bifurcation-frequency: keys must be among ${KEYS}, got "width"\nHint: did you mean widths?`],
    ["--set widths=0", "widths.0: must be a positive integer, got 0"],
    ["--set widths=-3", "widths.0: must be a positive integer, got -3"],
    ["--set widths=1.5", "widths.0: must be a positive integer, got 1.5"],
    ["--set widths=16,x", 'widths.1: must be a positive integer, got "x"'],
    ["--set precisions=8", `precisions.0: ${PRECISIONS}, got 8`],
    ["--set precisions=bf15", `precisions.0: ${PRECISIONS}, got "bf15"\nHint: did you mean bf16?`],
    ["--set runs", '--set: must be key=value, got "runs"'],
    [
      "--set dataset=glyfs",
      `dataset: must be auto, auto-colour or one of ${DATASETS}, got "glyfs"\nHint: did you mean glyphs?`,
    ],
    [
      "--set dataset=glyphs --set sampleSizes=70000",
      "sampleSizes: must be at most the 60000 images of glyphs, got 70000",
    ],
    [
      "--engine onnx-cpi --set dataset=glyphs",
      `engine: must be one of ${engines.map(({ id }) => id).join(", ")}, auto, got "onnx-cpi"\nHint: did you mean onnx-cpu?`,
    ],
    [
      "--engine tfjs --set dataset=glyphs --set precisions=32,64",
      `engine tfjs: precision must be one of its formats, f32, got 64\nHint: engines that compute in f64: ${enginesWith("f64").join(", ")}`,
    ],
    ["--preset smok", 'preset: must be one of smoke, laptop, paper, got "smok"\nHint: did you mean smoke?'],
    ["--workers -1", '--workers: must be a whole number from 0 to 1024, got "-1"'],
    ["--workers two", '--workers: must be a whole number from 0 to 1024, got "two"'],
    [
      "--sett widths=3",
      'option of run: must be one of --preset, --set, --engine, --data, --runs, --workers, --dry-run, --shard, --wait, --fresh, --json, --help, got "--sett"\nHint: did you mean --set?',
    ],
  ])("run with %s ends with code 2 and says what is wrong", async (words, message) => {
    const runs = temporaryFolder();
    const outcome = await nonsmooth(["run", "bifurcation-frequency", "--runs", runs, ...words.split(" ")]);
    expect(outcome).toEqual({ code: 2, out: "", err: `${message}\n` });
  });

  it("an unknown engine is refused before anything is said or done about data", async () => {
    for (const words of [
      ["--engine", "onnx-cpi"],
      ["--set", "engine=onnx-cpi"],
    ]) {
      const { code, out, err } = await nonsmooth(["run", "zeros", "--runs", temporaryFolder(), ...words]);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^engine: must be one of .*, got "onnx-cpi"\nHint: did you mean onnx-cpu\?\n$/);
    }
  });

  it.skipIf(nvidiaDevice() !== undefined)(
    "an engine that is not installed is refused before anything is said about data",
    async () => {
      const words = ["run", "zeros", "--runs", temporaryFolder(), "--engine", "cuda"];
      const { code, out, err } = await nonsmooth(words, { NONSMOOTH_CUDA: "" });
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^cuda: needs NVIDIA's driver, got .*\nHint: install NVIDIA's driver .*\n$/);
    },
  );

  it("run without the name of an experiment is refused, and the error names them all", async () => {
    const names = experiments.map(({ name }) => name).join(", ");
    const err = `run: must be given an experiment's name, one of ${names}\n`;
    expect(await nonsmooth(["run"])).toEqual({ code: 2, out: "", err });
    expect((await nonsmooth(["run", "--help"])).out).toMatch(/^Usage: nonsmooth run \[options\] <experiment>\n/);
  });

  it("an unknown experiment and an unknown command are refused with a hint", async () => {
    const err = `experiment: must be one of ${experiments.map(({ name }) => name).join(", ")}, got "trainings"\nHint: did you mean training?\n`;
    expect(await nonsmooth(["run", "trainings"])).toEqual({ code: 2, out: "", err });
    expect((await nonsmooth(["rum"])).err).toMatch(
      /^command: must be one of start, run, .*, got "rum"\nHint: did you mean run\?\n$/,
    );
  });
});

describe("a folder that cannot be used", () => {
  const file = join(__dirname, "support.ts");
  const outcome = async (...words: string[]) => {
    const { code, out, err } = await nonsmooth(words);
    return [code, out, err];
  };

  it.each([[], ["--dry-run"]])(
    "a file as --runs is refused in one line, with or without --dry-run",
    async (...more) => {
      const err = `--runs: must be a folder, not a file, got ${JSON.stringify(file)}\n`;
      expect(await outcome(...run(file, ...more))).toEqual([2, "", err]);
      expect(await outcome("runs", "list", "--runs", file)).toEqual([2, "", err]);
    },
  );

  it.each([[], ["--dry-run"]])(
    "a folder below a file as --runs is refused in one line, with or without --dry-run",
    async (...more) => {
      const [code, out, err] = await outcome(...run(join(file, "x"), ...more));
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^run folder: must be a folder, not a file, got ".*"\n$/);
    },
  );

  it.skipIf(process.platform !== "linux")(
    "a folder of runs that cannot be made is refused in one line, with and without --dry-run",
    async () => {
      for (const more of [[], ["--dry-run"]]) {
        const [code, out, err] = await outcome(...run("/proc/x", ...more));
        expect([code, out]).toEqual([2, ""]);
        expect(err).toMatch(/^run folder: must be writable, got "\/proc\/x\/.*"\nHint: --runs or NONSMOOTH_RUNS .*\n$/);
      }
    },
  );

  it("a --data folder that does not exist is refused and is not made", async () => {
    const missing = join(temporaryFolder(), "missing");
    const err = `--data: must be an existing folder, got ${JSON.stringify(missing)}\n`;
    for (const words of [run(temporaryFolder()), ["notebooks", "00"], ["data", "list"]]) {
      expect(await outcome(...words, "--data", missing)).toEqual([2, "", err]);
    }
    expect(existsSync(missing)).toBe(false);
  });

  it("an --out that cannot be written is refused before anything runs", async () => {
    const runs = temporaryFolder();
    const err = `--out: must be a folder that can be written, got ${JSON.stringify(file)}\n`;
    const figure = ["figure", "bifurcation-frequency", "--preset", "smoke", "--runs", runs];
    for (const words of [figure, ["notebooks", "00"]]) {
      expect(await outcome(...words, "--out", file)).toEqual([2, "", err]);
    }
    expect(readdirSync(runs)).toEqual([]);
  });
});

describe("a run folder whose state is at fault", () => {
  const folder = async () => {
    const runs = temporaryFolder();
    const first = await nonsmooth(run(runs, "--json"));
    expect(first.code).toBe(0);
    return { runs, directory: onlyRun(runs)! };
  };

  it("a run folder that another process writes to ends the run with code 1", async () => {
    const { runs, directory } = await folder();
    const hold = lockFolder(directory);
    try {
      const { code, out, err } = await nonsmooth(run(runs));
      expect([code, out]).toEqual([1, ""]);
      expect(err).toContain(`process ${process.pid}`);
    } finally {
      hold.release();
    }
  });

  it("a run folder with a manifest of another configuration ends the run with code 1", async () => {
    const { runs, directory } = await folder();
    const path = join(directory, "manifest.json");
    const hash = "0".repeat(64);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), hash }));
    const { code, out, err } = await nonsmooth(run(runs));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(hash);
  });
});

it("NONSMOOTH_DEBUG=1 shows the stack of an error", async () => {
  const { code, err } = await nonsmooth(["run", "x"], { NONSMOOTH_DEBUG: "1" });
  expect(code).toBe(2);
  expect(err).toMatch(/NonsmoothError: experiment: must be one of .*\n(.*\n)? +at /);
});

describe("work that does not stop at once", () => {
  const script = (work: string) => `
    const { untilInterrupted } = require(${JSON.stringify(compiledModule("cli/interrupt"))});
    setTimeout(() => process.stdout.write("ready"), 100);
    untilInterrupted((signal) => new Promise((resolve) => { setTimeout(resolve, 60_000); ${work} }));`;

  function hanging(work = ""): Promise<{ child: ChildProcess; code: Promise<number | null> }> {
    const child = spawn(process.execPath, ["-e", script(work)], { stdio: ["ignore", "pipe", "ignore"] });
    const code = new Promise<number | null>((resolve) => child.on("close", resolve));
    return new Promise((resolve) => child.stdout?.once("data", () => resolve({ child, code })));
  }

  it("SIGTERM aborts the signal of the work under way, too", async () => {
    const { child, code } = await hanging("signal.addEventListener('abort', () => process.exit(7))");
    child.kill("SIGTERM");
    expect(await code).toBe(7);
  });

  it("a second Ctrl-C ends the work at once, but one Ctrl-C that arrives twice does not", async () => {
    const { child, code } = await hanging();
    child.kill("SIGINT");
    await sleep(50);
    child.kill("SIGINT");
    await sleep(400);
    expect(child.exitCode).toBe(null);
    child.kill("SIGINT");
    expect(await code).toBe(130);
  });
});
