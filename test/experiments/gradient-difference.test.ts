import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers";
import { afterAll, describe, expect, it, vi } from "vitest";
import { glyphs } from "../../src/data";
import { createEngine, type Engine, type Held, type Program } from "../../src/engines";
import {
  bifurcationFrequency,
  type GradientDifferenceRow,
  gradientDifference,
  makeConfig,
  type RunOptions,
  runExperiment,
} from "../../src/experiments";
import { rows as schema } from "../../src/experiments/gradient-difference/rows";
import { simulate } from "../../src/experiments/gradient-difference/simulate";
import { summarize } from "../../src/experiments/gradient-difference/summary";
import { latestPass } from "../../src/experiments/gradient-pairs/pass";
import { type CellPrograms, compileCell } from "../../src/experiments/gradient-pairs/programs";
import type { UniformId } from "../../src/formats";
import type { Graph, Tensor } from "../../src/ir";
import type { Answered } from "../../src/runs";
import { wilson } from "../../src/util";
import { CLASSES, FEATURES, jobsOf, oneMoreZero, passOnKinks, rowsByLoops, settings } from "./gradient-loops";
import { answered, temporaryFolder } from "./support";

const engine = createEngine("onnx-cpu");
afterAll(() => engine.dispose());
const IMAGES = 5120;
const dataset = glyphs({ split: "train", count: IMAGES });
const pass = latestPass(engine, dataset, IMAGES);
const config = makeConfig(gradientDifference, { set: { dataset: "glyphs", images: IMAGES } });

async function rowsOf(precision: 16 | 32 | 64, trial: number, set = {}, how = {}, seen = pass) {
  const all = { ...config, ...set };
  const cell = { ...all, precision };
  const programs = compileCell(engine, cell, 784, 10, all);
  const rows = await simulate([{ precision, trial }], all, programs, await seen.of(cell), how);
  await programs.dispose();
  return answered(rows);
}

describe("an initialisation", () => {
  it("screening gives the same rows as running the backward sweeps always", async () => {
    const screened = await rowsOf(16, 0);
    expect(screened.every((row) => row.different > 0)).toBe(true);
    expect(await rowsOf(16, 0, {}, { screening: false })).toEqual(screened);
  });

  it("the first difference is where bifurcation-frequency finds it, and of the same size", async () => {
    const same = { dataset: "glyphs", precisions: [16], sampleSizes: [IMAGES], widths: [256], depths: [3], runs: 1 };
    for (const chainRule of ["multiply", "overwrite"]) {
      const options = { runs: temporaryFolder(), workers: 0, set: { ...same, chainRule } };
      const { rows } = await runExperiment(bifurcationFrequency, options);
      for (const first of rows) {
        const row = (await rowsOf(16, first.trial)).find((one) => one.chainRule === chainRule)!;
        expect(row.where[0] ?? null).toBe(first.firstBifurcation);
        expect(row.relativeL2[0] ?? null).toBe(first.relativeL2);
        expect(row.relativeL1FirstLayer[0] ?? null).toBe(first.relativeL1FirstLayer);
      }
    }
  });

  it("the same mini-batches differ under both chain rules, and by more under overwrite", async () => {
    const [multiply, overwrite] = await rowsOf(16, 0);
    expect(overwrite!.where).toEqual(multiply!.where);
    for (const [i, size] of multiply!.relativeL2.entries()) {
      expect(overwrite!.relativeL2[i]!).toBeGreaterThan(10 * size);
    }
  });

  it.each([16, 32, 64] as const)("the control, 0 against 0, never differs at %s bits", async (precision) => {
    const few = latestPass(engine, dataset, 1280);
    const rows = await rowsOf(precision, 0, { pair: [0, 0] }, { screening: false }, few);
    for (const row of rows) expect(row).toMatchObject({ batches: 5, different: 0, where: [], notANumber: 0 });
  });
});

describe("a bundle", () => {
  const definition = createEngine("reference");
  /** It computes the sweeps for the networks that were hit alone, and several mini-batches at once. */
  const atOnce: Engine = { ...definition, atOnce: { networks: 8, batches: 8 } };
  afterAll(() => definition.dispose());
  const compiled = (precision: UniformId, own = definition) =>
    compileCell(own, { ...settings, precision }, FEATURES, CLASSES, settings);

  it.each([16, "bf16", 32, 64] as const)("its rows at %s bits are those of plain loops", async (precision) => {
    const jobs = jobsOf(precision, 4);
    const seen = passOnKinks(jobs);
    const expected = await rowsByLoops(jobs, seen);
    for (const { different, batches } of expected) {
      expect(different).toBeGreaterThan(1);
      expect(different).toBeLessThan(batches);
    }
    for (const own of [definition, atOnce]) {
      const programs = compiled(precision, own);
      // also with places left over, and one network at a time
      for (const replicas of [4, 7])
        expect(await simulate(jobs, { ...settings, replicas }, programs, seen)).toEqual(expected);
      const alone: GradientDifferenceRow[] = [];
      for (const job of jobs) alone.push(...(await simulate([job], settings, programs, seen)));
      expect(alone).toEqual(expected);
    }
  });

  it("a network whose sweeps count other zeros fails alone, under every chain rule", async () => {
    const jobs = jobsOf(32, 3);
    const seen = passOnKinks(jobs);
    const programs = compiled(32);
    const undisturbed = await simulate(jobs, settings, programs, seen);
    const miscounting: CellPrograms = {
      ...programs,
      async sweeps(networks, chainRule) {
        const program = await programs.sweeps(networks, chainRule);
        return chainRule === "overwrite" ? { ...program, runHolding: oneMoreZero(program, 1) } : program;
      },
    };
    const rows = await simulate(jobs, settings, miscounting, seen);
    expect(rows.filter(({ trial }) => trial !== 1)).toEqual(undisturbed.filter(({ trial }) => trial !== 1));
    for (const row of rows.filter(({ trial }) => trial === 1)) {
      expect(row).toMatchObject({ dataset: "made here", precision: 32, outcome: "failed", batches: null, where: null });
      expect(row.reason).toBe("screening: must count the same zeros as the sweeps (2,0), got [1,0]");
    }
  });

  it("its networks are drawn once for all chain rules, and everything is freed, after an interruption too", async () => {
    const alive = new Set<Held>();
    const watch = (held: Held): Held => {
      alive.add(held);
      held.dispose = () => void alive.delete(held);
      return held;
    };
    const stop = new AbortController();
    let sweepsLeft = Number.POSITIVE_INFINITY;
    const watched = {
      ...atOnce,
      hold: vi.fn(async (x: Tensor) => watch(await atOnce.hold(x))),
      async compile(of: Graph): Promise<Program> {
        const program = await atOnce.compile(of);
        const runHolding: Program["runHolding"] = async (feeds, names) => {
          const done = await program.runHolding(feeds, names);
          for (const held of Object.values(done.held)) watch(held);
          if (of.name.startsWith("sweeps") && --sweepsLeft === 0) stop.abort(new Error("stop"));
          return done;
        };
        return { ...program, runHolding };
      },
    };
    const jobs = jobsOf(16, 4);
    const programs = compiled(16, watched);
    await simulate(jobs, settings, programs, passOnKinks(jobs));
    expect(watched.hold).toHaveBeenCalledTimes(programs.parameters.length);
    expect(alive).toEqual(new Set());
    sweepsLeft = 3;
    const interrupted = simulate(jobs, settings, programs, passOnKinks(jobs), { signal: stop.signal });
    await expect(interrupted).rejects.toThrow("stop");
    expect(sweepsLeft).toBe(0);
    expect(alive).toEqual(new Set());
  });
});

describe("replicas", () => {
  const SMALL = { dataset: "glyphs", images: 5120, batchSize: 128, width: 64, depth: 2 };
  const run = (set: Readonly<Record<string, unknown>>, options: RunOptions = {}) =>
    runExperiment(gradientDifference, { runs: temporaryFolder(), workers: 0, ...options, set: { ...SMALL, ...set } });

  it("replicas leave every row as it is, in every column", async () => {
    const set = { runs: { 16: 5, 32: 3, 64: 1 } };
    const alone = await run(set);
    expect(answered(alone.rows).some(({ different }) => different > 0)).toBe(true);
    expect(alone.rows).toHaveLength(18);
    for (const replicas of [1, 2, 4]) {
      const { rows, summary } = await run({ ...set, replicas });
      expect(rows).toEqual(alone.rows);
      expect(summary).toEqual(alone.summary);
    }
  });

  it("a run that breaks off in the middle of a bundle goes on with that bundle, and ends with the same bytes", async () => {
    const set = { precisions: [16], runs: 5, replicas: 3 };
    const bytesOf = (runDirectory: string) => readFileSync(join(runDirectory, "rows.jsonl"), "utf8");
    const whole = bytesOf((await run(set)).runDirectory);

    const runs = temporaryFolder();
    const stop = new AbortController();
    // a bundle later than the first
    const progress = ({ done }: { done: number }) =>
      void (done >= 3 && setImmediate(() => stop.abort(new Error("stop"))));
    await expect(run(set, { runs, progress, signal: stop.signal })).rejects.toThrow("stop");
    const [runDirectory] = readdirSync(join(runs, "gradient-difference")).map((hash) =>
      join(runs, "gradient-difference", hash),
    );
    const trials = bytesOf(runDirectory!)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).trial);
    expect(trials).toEqual([0, 0, 1, 1, 2, 2]);
    // killed between the two rows of a network
    const fourth = whole.split("\n").find((line) => JSON.parse(line).trial === 3);
    appendFileSync(join(runDirectory!, "rows.jsonl"), `${fourth}\n`);
    await run(set, { runs });
    expect(bytesOf(runDirectory!)).toBe(whole);
  });
});

it("a run of all precisions has a row for each initialisation and chain rule, in order", async () => {
  const set = { dataset: "glyphs", images: 512, width: 8, depth: 1, runs: { 16: 2, 32: 1, 64: 1 } };
  const options = { runs: temporaryFolder(), workers: 0, set };
  const { rows } = await runExperiment(gradientDifference, options);
  const names = rows.map(({ precision, chainRule, trial }) => `${precision} ${chainRule} ${trial}`);
  expect(names).toEqual([
    ...["16 multiply 0", "16 multiply 1", "16 overwrite 0", "16 overwrite 1"],
    ...["32 multiply 0", "32 overwrite 0", "64 multiply 0", "64 overwrite 0"],
  ]);
  expect((await runExperiment(gradientDifference, options)).rows).toEqual(rows);
});

it("the summary adds up the mini-batches of all runs, and counts failed runs and NaNs apart", () => {
  const cell = { dataset: "glyphs", width: 8, depth: 1, precision: 16, chainRule: "multiply" } as const;
  const sizes = (all: number[], firstLayer: (number | null)[]) => ({
    ...{ relativeL1: all, relativeL2: all },
    ...{ relativeL1FirstLayer: firstLayer, relativeL2FirstLayer: firstLayer },
  });
  const row = (trial: number, more: Partial<Answered<GradientDifferenceRow>>): GradientDifferenceRow => ({
    ...{ ...cell, trial, outcome: "finished", reason: null, batches: 20, hits: 3, withHit: 3, where: [2, 3, 5] },
    ...{ different: 3, differentFirstLayer: 2, notANumber: 1, ...sizes([1, 2, 4], [1, null, 4]) },
    ...more,
  });
  const nowhere = { hits: 0, withHit: 0, where: [], different: 0, differentFirstLayer: 0, notANumber: 0 };
  const rows = [
    row(0, {}),
    row(1, { ...nowhere, ...sizes([], []) }),
    schema.failed({ ...cell, trial: 2 }, "out of memory"),
  ];
  const made = makeConfig(gradientDifference, { set: { precisions: [16], chainRules: ["multiply"], runs: 3 } });
  const [summary] = summarize(rows, made);
  expect(summary).toMatchObject({ planned: 3, runs: 2, failed: 1, batches: 39, notANumber: 1, runsDifferent: 1 });
  expect(summary).toMatchObject({ withHit: 3, different: 3, differentFirstLayer: 2 });
  const { estimate: share, low, high } = wilson(2, 39);
  expect(summary!.firstLayer).toEqual({ share, low, high });
  expect(summary!.relativeL2FirstLayer).toEqual({ min: 1, q1: 1.75, median: 2.5, mean: 2.5, q3: 3.25, max: 4 });
  expect(summary!.relativeL2).toEqual({ min: 1, q1: 1.5, median: 2, mean: 7 / 3, q3: 3, max: 4 });
});

it.each([
  [{ images: 1e6 }, /^images: must be at most the \d+ images of glyphs, got 1000000/],
  [{ images: 100 }, /^batchSize: must be at most the 100 images of the pass, got 256/],
  [{ precisions: [16, 16] }, /^precisions: must not hold the same item twice/],
])("a run with %o is refused", async (set, message) => {
  const options = { runs: temporaryFolder(), workers: 0, set: { dataset: "glyphs", ...set } };
  await expect(runExperiment(gradientDifference, options)).rejects.toThrow(message);
});
