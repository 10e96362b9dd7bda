/** `nonsmooth run training`: the program, killed and interrupted; and `--dry-run` of every experiment. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { experiments } from "../../src/experiments";
import { compiledModule, stream } from "../../src/util";
import { countRows, ended, nonsmooth, onlyRun, rowsOf, start, temporaryFolder, until } from "./support";

const SETTINGS = [
  ...["dataset=glyphs", "images=1200", "testImages=100", "widths=64", "batchNorm=true", "batchSize=20"],
  ...["epochs=4", "runs=2", "threads=1", "saveWeights=true"],
].flatMap((setting) => ["--set", setting]);
/** 2 runs × 2 values × 4 epochs. */
const ROWS = 16;

const run = (runs: string, ...words: string[]) => ["run", "training", ...SETTINGS, "--runs", runs, ...words];
const rowCount = (runs: string) => countRows(runs, "training");

/** Every byte that a finished run leaves, but for the manifest's times. */
function results(runs: string): Record<string, string> {
  const folder = onlyRun(runs, "training")!;
  const files = [
    ...readdirSync(join(folder, "weights")).map((file) => join("weights", file)),
    "rows.jsonl",
    "rows.parquet",
  ];
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), "base64")]));
}

describe("a sweep of 4 trainings", () => {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let undisturbed: Record<string, string> = {};

  beforeAll(async () => {
    const { code, out } = await nonsmooth(run(folder, "--json"));
    expect(code).toBe(0);
    const last = JSON.parse(out.split("\n").at(-2)!);
    expect(last).toMatchObject({ experiment: "training", engine: "onnx-cpu", rows: ROWS });
    expect(last.summary.cells).toHaveLength(2);
    undisturbed = results(folder);
    // two files for each finished network, rows.jsonl and rows.parquet
    expect(Object.keys(undisturbed)).toHaveLength(4 * 2 + 2);
  });

  it("a sweep killed at random moments ends with the bytes of an undisturbed one", async () => {
    const runs = temporaryFolder();
    const random = stream(29, "kill");
    let midway = 0;
    for (let kill = 0; kill < 4; kill++) {
      const before = rowCount(runs);
      const child = start(run(runs));
      const end = ended(child);
      await until(() => rowCount(runs) > before + random.integer(3) || child.exitCode !== null, 20_000);
      // the next rows follow within a few dozen milliseconds
      await sleep(random.integer(60));
      child.kill("SIGKILL");
      await end;
      if (rowCount(runs) > before && rowCount(runs) < ROWS) midway++;
    }
    expect(midway).toBeGreaterThanOrEqual(2);
    expect(await nonsmooth(run(runs))).toMatchObject({ code: 0 });
    expect(results(runs)).toEqual(undisturbed);
    expect(existsSync(join(onlyRun(runs, "training")!, "checkpoints"))).toBe(false);
  });

  it("a sweep stopped by Ctrl-C ends with code 130 and continues to the same bytes", async () => {
    const runs = temporaryFolder();
    const child = start(run(runs));
    const end = ended(child);
    expect(await until(() => rowCount(runs) > 1, 120_000)).toBe(true);
    child.kill("SIGINT");
    const { code, err } = await end;
    expect(code).toBe(130);
    expect(err).toMatch(/stopped \(.*\)\ninterrupted, run again to continue\n$/);
    expect(rowCount(runs)).toBeLessThan(ROWS);
    expect(readdirSync(join(onlyRun(runs, "training")!, "checkpoints"))).toHaveLength(1);
    const plan = await nonsmooth(run(runs, "--dry-run", "--json"));
    const { flop, flopDone } = JSON.parse(plan.out);
    expect(flopDone / flop).toBeCloseTo(rowCount(runs) / ROWS, 9);
    expect(await nonsmooth(run(runs))).toMatchObject({ code: 0 });
    expect(results(runs)).toEqual(undisturbed);
  });

  it("--dry-run says what is done, and leaves the rows as they are", async () => {
    const rows = rowsOf(folder, "training");
    const { code, out } = await nonsmooth(run(folder, "--dry-run"));
    expect(code).toBe(0);
    expect(out).toContain("4 runs, 4 of them done; 0.00");
    expect(out).toMatch(
      / TFLOP in all, 0 TFLOP left\nmatrix products here, on 1 thread: ([\d.]+ to )?[\d.]+ GFLOP\/s in f32\n/,
    );
    expect(out).toContain("these speeds the remaining products take 0 s; everything else comes on top\n");
    expect(out).toContain(`run folder: ${onlyRun(folder, "training")}\n`);
    expect(rowsOf(folder, "training")).toBe(rows);
  });
});

describe("--dry-run", () => {
  it("--dry-run writes nothing, not even below the home and the temporary folder", async () => {
    const folder = temporaryFolder();
    // ONNX Runtime leaves files there, unless it is told not to or finds itself in CI
    const { ORT_DISABLE_TELEMETRY: _set, CI: _ci, XDG_CACHE_HOME: _cache, ...env } = process.env;
    const child = spawn(
      process.execPath,
      [
        ...[compiledModule("cli/main"), "run", "zeros", "--preset", "smoke", "--set", "dataset=glyphs", "--dry-run"],
        ...["--runs", join(folder, "runs")],
      ],
      { env: { ...env, NONSMOOTH_OFFLINE: "1", HOME: folder, TMPDIR: folder } },
    );
    expect((await ended(child)).code).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("--dry-run lists the runs of a sweep with their arithmetic, and writes nothing", async () => {
    const runs = temporaryFolder();
    const words = ["run", "training", "--preset", "smoke", "--set", 'precisions=[32,64,"mixed"]', "--runs", runs];
    const { code, out } = await nonsmooth([...words, "--dry-run"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ *runs +of them done +TFLOP\n/);
    expect(out).toMatch(/ mlp, sgd, 64 bits, ReLU'\(0\) = 1 +2 +0 +0\.\d+\n/);
    expect(out).toMatch(/ mlp, sgd, mixed precision, ReLU'\(0\) = 0 +2 +0 +0\.\d+\n/);
    expect(out).toMatch(/\n +in all +12 +0 +0\.\d+\n/);
    expect(out).toContain("12 runs, 0 of them done; ");
    expect(out).toMatch(/GFLOP\/s in f32, [\d. to]+ GFLOP\/s in f64, [\d. to]+ GFLOP\/s in f16\n/);
    expect(readdirSync(runs)).toEqual([]);
  });

  it.each(experiments.map(({ name }) => name).filter((name) => name !== "training"))(
    "--dry-run --json prints one line for %s",
    async (name) => {
      const words = ["run", name, "--preset", "smoke", "--set", "dataset=colour-glyphs", "--runs", temporaryFolder()];
      const { code, out, err } = await nonsmooth([...words, "--dry-run", "--json"]);
      expect([code, err, out.split("\n")]).toEqual([0, "", [expect.any(String), ""]]);
      const plan = JSON.parse(out);
      expect(Object.keys(plan)).toEqual([
        ...["experiment", "config", "engine", "runs", "flop", "flopDone"],
        ...["rates", "ratesLow", "seconds", "secondsLow", "secondsHigh", "runDirectory"],
      ]);
      expect(plan).toMatchObject({ experiment: name, engine: "onnx-cpu", flopDone: 0 });
      const all = plan.runs.reduce((sum: number, { flop }: { flop: number }) => sum + flop, 0);
      expect(plan.flop).toBe(all);
      expect(plan.seconds).toBe(plan.secondsLow);
      expect(plan.secondsLow).toBeGreaterThan(0);
      expect(plan.secondsHigh).toBeGreaterThanOrEqual(plan.secondsLow);
    },
  );

  it("--dry-run downloads and writes nothing, and says what a run would download", async () => {
    const folder = temporaryFolder();
    const env = { NONSMOOTH_OFFLINE: "", NONSMOOTH_DATA: join(folder, "data"), NONSMOOTH_WORKSPACE: folder };
    const { code, out, err } = await nonsmooth(["run", "zeros", "--preset", "smoke", "--dry-run", "--json"], env);
    expect([code, JSON.parse(out).config.dataset]).toEqual([0, "glyphs"]);
    expect(err).toBe(
      "dataset auto: glyphs, drawn here, because mnist is not on disk; " +
        "a run first tries to download mnist (11 MB)\n",
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("--dry-run refuses what a run refuses", async () => {
    const message =
      "network: must be one of mlp, lenet5, vgg11, vgg13, vgg16, vgg19, resnet18, resnet18-cifar, resnet50";
    const words = ["run", "training", "--set", "dataset=glyphs", "--set", "network=vgg12", "--runs", temporaryFolder()];
    for (const more of [["--dry-run"], []]) {
      const { code, out, err } = await nonsmooth([...words, ...more]);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(message);
    }
  });
});
