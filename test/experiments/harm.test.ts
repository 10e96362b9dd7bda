/** The causal test: arms that differ at exact zeros only, and the null. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createEngine } from "../../src/engines";
import {
  type HarmRow,
  harm,
  harmStudies,
  harmStudy,
  makeConfig,
  planExperiment,
  type RunOptions,
  runExperiment,
} from "../../src/experiments";
import { loadImages, problemShape } from "../../src/experiments/common/data";
import { armsOf } from "../../src/experiments/harm/arms";
import { afterStep, START } from "../../src/experiments/harm/observe";
import { rows as schema } from "../../src/experiments/harm/rows";
import { summarize } from "../../src/experiments/harm/summary";
import { trainArms } from "../../src/experiments/harm/unit";
import { configHash } from "../../src/runs";
import { equivalenceTest, tInterval } from "../../src/util";
import { answered, temporaryFolder } from "./support";

const engine = createEngine("onnx-cpu");
afterAll(() => engine.dispose());

/** Zeros are as rare as they are in life: none here. */
const NONE = { dataset: "glyphs", images: 120, testImages: 50, widths: [12], batchSize: 40, epochs: 2, runs: 1 };
/**
 * The first step turns w into w − ½ (g + 2 w) = −½ g, without a rounding of w: units that are off on the whole mini-batch are left without
 * weights, so that their pre-activations are exactly 0 from then on, in every precision. Later steps are a tenth, and a hundredth.
 */
const ZEROS = {
  ...{ ...NONE, images: 40, epochs: 3, widths: [8, 8] },
  ...{ learningRate: 0.5, weightDecay: 2, momentum: 0, schedule: { kind: "step", every: 1, gamma: 0.1 } },
};

const run = (set: Record<string, unknown>, options: RunOptions = {}) =>
  runExperiment(harm, { runs: temporaryFolder(), workers: 0, ...options, set: { ...ZEROS, ...set } });
const armed = (rows: readonly HarmRow[]) => Object.fromEntries(answered(rows).map((row) => [row.arm, row]));

describe("the arms of a run", () => {
  it("they are zero, null, each value that multiplies, and each that overwrites", () => {
    const config = makeConfig(harm, { set: { multiply: [0.5, 1], overwrite: [10, "1/batch"], batchSize: 64 } });
    expect(armsOf(config)).toEqual([
      { arm: "zero", value: 0, chainRule: "multiply" },
      { arm: "null", value: 0, chainRule: "multiply" },
      { arm: "multiply 0.5", value: 0.5, chainRule: "multiply" },
      { arm: "multiply 1", value: 1, chainRule: "multiply" },
      { arm: "overwrite 10", value: 10, chainRule: "overwrite" },
      { arm: "overwrite 1/batch", value: 1 / 64, chainRule: "overwrite" },
    ]);
  });

  it("without a zero all arms are equal to the bit at 64 bits, trained or not", async () => {
    const config = await harm.resolve(makeConfig(harm, { set: { ...NONE, precisions: [64] } }), {
      log() {},
    });
    const context = { log() {} };
    const setting = {
      config,
      problem: {
        training: await loadImages(config.dataset, "train", config.images, context),
        evaluation: await loadImages(config.dataset, "test", config.testImages, context),
      },
      shape: await problemShape(config, context),
      engine,
      signal: new AbortController().signal,
    };
    const at = (screening: boolean) =>
      trainArms(
        { batchNorm: false, precision: 64, trial: 0 },
        { ...setting, screening, checkpoints: { folder: temporaryFolder(), hash: "x" } },
      );
    const [screened, trained] = [await at(true), await at(false)];
    expect(trained.every(({ zeros, distance, computed }) => zeros === 0 && distance === 0 && computed)).toBe(true);
    expect(screened.map(({ computed }) => computed)).toEqual([true, false, false, false, false]);
    const same = (rows: readonly HarmRow[]) => rows.map(({ computed: _, ...row }) => row);
    expect(same(screened)).toEqual(same(trained));
  });

  it("with zeros the arms part, and the null is as far from zero as a rounding takes it", async () => {
    const { rows } = await run({ ...ZEROS, precisions: [64], overwrite: [1] });
    const { zero, null: nothing, "multiply 1": multiply, "overwrite 1": overwrite } = armed(rows);
    expect(zero).toMatchObject({ firstStep: 1, distance: 0, computed: true, outcome: "finished" });
    expect(zero!.zeros).toBe(zero!.zerosByEpoch.reduce((sum, n) => sum + n, 0));
    expect(zero!.zerosByEpoch).toHaveLength(3);
    expect(nothing!.distance).toBeGreaterThan(0);
    expect(nothing!.distance).toBeLessThan(1e-14);
    expect(overwrite!.distance).toBeGreaterThan(1e-3);
    expect(multiply!.computed).toBe(true);
  });

  it("a training that diverges is a row, and its distance is not known", async () => {
    const { rows, summary } = await run({ ...ZEROS, precisions: [16], overwrite: [60_000] });
    const { zero, "overwrite 60000": broken } = armed(rows);
    expect(zero!.outcome).toBe("finished");
    expect(broken).toMatchObject({ outcome: "diverged", testAccuracy: Number.NaN, distance: Number.NaN });
    expect(broken!.reason).toMatch(/^the loss/);
    expect(summary[0]!.arms.at(-1)).toMatchObject({
      diverged: 1,
      finished: 0,
      differences: [null],
      verdict: "cannot tell",
    });
  });
});

it("the first zero is the first step with one, and its first layer", () => {
  const step = (epoch: number, batch: number, counts: number[]) =>
    ({
      ...{ kind: "step", epoch, batch, batches: 3, loss: 1, lr: 1, taken: true },
      observed: Object.fromEntries(counts.map((n, i) => [`zeros ${i + 1}`, { data: Int32Array.of(n) }])),
    }) as never;
  const steps = [
    step(0, 0, [0, 0]),
    step(0, 1, [0, 0]),
    step(0, 2, [0, 0]),
    step(1, 0, [0, 0]),
    step(1, 1, [0, 2]),
    step(1, 2, [3, 1]),
  ];
  const course = steps.reduce(afterStep, START);
  expect(course).toEqual({ first: { epoch: 1, batch: 1, step: 4, layer: 2 }, zeros: [0, 6], end: null });
});

describe("a run", () => {
  const set = { ...ZEROS, precisions: [16], runs: 2, overwrite: [1] };

  it("a run that was stopped at any place goes on to the same bytes", async () => {
    const whole = temporaryFolder();
    const { runDirectory } = await run(set, { runs: whole });
    const bytes = readFileSync(join(runDirectory, "rows.jsonl"), "utf8");
    const lines = bytes.trimEnd().split("\n");
    expect(lines).toHaveLength(2 * 4);
    for (const kept of [0, 6]) {
      writeFileSync(join(runDirectory, "rows.jsonl"), lines.slice(0, kept).map((line) => `${line}\n`).join("")); // biome-ignore format: short
      await run(set, { runs: whole });
      expect(readFileSync(join(runDirectory, "rows.jsonl"), "utf8")).toBe(bytes);
    }
    // stopped within a training and between two
    for (const after of [40, 200]) {
      const runs = temporaryFolder();
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error("stop")), after);
      await run(set, { runs, signal: stop.signal, checkpointSeconds: 0 }).catch((error) =>
        expect(error.message).toBe("stop"),
      );
      await run(set, { runs, checkpointSeconds: 0 });
      const [hash] = readdirSync(join(runs, "harm"));
      expect(readFileSync(join(runs, "harm", hash!, "rows.jsonl"), "utf8")).toBe(bytes);
    }
  });

  it("a plan counts each start with all of its arms, and done ones", async () => {
    const runs = temporaryFolder();
    const plan = await planExperiment(harm, { runs, set });
    expect(plan.runs.map(({ name, runs: n, done }) => [name, n, done])).toEqual([["16 bits, all arms", 2, 0]]);
    await run(set, { runs });
    const after = await planExperiment(harm, { runs, set });
    expect(after.runs.map(({ done, flop, flopDone }) => [done, flop - flopDone])).toEqual([[2, 0]]);
  });

  it.each([
    [{ bound: 0 }, "bound: must be a positive number, got 0"],
    [{ overwrite: ["1/epoch"] }, 'overwrite.0: must be a finite number or 1/batch, got "1/epoch"'],
    [{ multiply: [] }, "multiply: must not be empty, got []"],
    [
      { precisions: ["mixed"] },
      /^precisions\.0: must be one of e4m3, e5m2, 16, bf16, tf32, 32, 64, or e<E>p<P> .*, got "mixed"$/,
    ],
    [{ testImages: 1e6 }, /^testImages: must be at most the \d+ images of glyphs, got 1000000/],
  ])("a run with %o is refused", async (wrong, message) => {
    await expect(run({ ...ZEROS, ...wrong })).rejects.toThrow(message);
  });

  it("a configuration keeps its hash", async () => {
    const given = makeConfig(harm, { set: { ...ZEROS, precisions: [16] } });
    const resolved = await harm.resolve(given, { log() {} });
    expect(configHash("harm", resolved as Record<string, unknown>)).toBe(
      "9f48429472e5318da07d6efefac52a3b493b5a6ac8414e40dcb09825ff7f73e9",
    );
  });
});

describe("a summary", () => {
  const config = makeConfig(harm, { set: { ...ZEROS, runs: 8, precisions: [16], overwrite: [1], bound: 1 } });
  const row = (arm: string, trial: number, testAccuracy: number | null, distance = 0.1): HarmRow => ({
    ...{ dataset: "glyphs", label: null, network: "mlp", batchNorm: false, precision: 16 },
    ...armsOf(config).find((one) => one.arm === arm)!,
    ...{ trial, firstStep: 3, firstLayer: 1, zeros: 5, zerosByEpoch: [5], computed: true, epochs: 1, trainLoss: 1 },
    ...{ testAccuracy: testAccuracy ?? Number.NaN, distance: arm === "zero" ? 0 : distance },
    ...{ outcome: testAccuracy === null ? "diverged" : "finished", reason: testAccuracy === null ? "the loss" : null },
  });
  const NOISE = [0.3, -0.2, 0.1, 0.4, -0.5, 0.2, 0, -0.1];
  const rowsOf = (arm: string, change: (trial: number) => number | null) =>
    NOISE.map((_, trial) => {
      const points = change(trial);
      return row(arm, trial, points === null ? null : 0.5 + points / 100);
    });
  const base = [...rowsOf("zero", () => 0), ...rowsOf("null", (t) => NOISE[t]!)];
  const armOf = (arm: string, change: (trial: number) => number | null, runs = 8) => {
    const all = [...base, ...rowsOf(arm, change)].filter(({ trial }) => trial < runs);
    return summarize(all, { ...config, runs })[0]!.arms.find((one) => one.arm === arm)!;
  };

  it("differences are paired, with a t interval and the two one-sided tests", () => {
    const { change, pEquivalent, beyondNull, insideNull, verdict } = armOf("multiply 1", (t) => -NOISE[t]! / 2);
    const expected = NOISE.map((x) => -x / 2);
    for (const [key, value] of Object.entries(tInterval(expected))) expect(change[key as "mean"]).toBeCloseTo(value, 9);
    expect(pEquivalent).toBeCloseTo(equivalenceTest(expected, 1), 9);
    expect(beyondNull.mean).toBeCloseTo(tInterval(NOISE.map((x) => -1.5 * x)).mean, 9);
    expect({ insideNull, verdict, isRange: change.isRange }).toEqual({
      insideNull: true,
      verdict: "equivalent",
      isRange: false,
    });
  });

  it("below eight pairs there is a range, and nothing is concluded", () => {
    const { change, pEquivalent, verdict } = armOf("multiply 1", () => 0.01, 7);
    expect(change).toMatchObject({ n: 7, isRange: true });
    expect([pEquivalent, verdict]).toEqual([null, "cannot tell"]);
  });

  it("what differs and what cannot be told have their names", () => {
    expect(armOf("overwrite 1", (t) => -5 + NOISE[t]!).verdict).toBe("differs");
    expect(armOf("overwrite 1", (t) => 9 * NOISE[t]!).verdict).toBe("cannot tell");
    const broken = armOf("overwrite 1", (t) => (t < 7 ? null : 0));
    // the pair with equal accuracies is left out: 2 · 2⁻⁷
    expect(broken).toMatchObject({ diverged: 7, finished: 1, worse: 7, better: 0, pSign: 1 / 64, verdict: "differs" });
    // one far away hides the seven others from the t interval, not from the sign test: 2 · (1 + 8) / 2⁸
    const far = armOf("overwrite 1", (t) => (t === 0 ? -40 : t === 1 ? 0.1 : -2));
    expect(far).toMatchObject({ worse: 7, better: 1, verdict: "cannot tell" });
    expect(far.pSign).toBeCloseTo(18 / 256, 12);
    expect(armOf("overwrite 1", (t) => (t === 0 ? -40 : -2)).verdict).toBe("differs");
  });

  it("where ReLU'(0) = 0 diverged, nothing is equivalent", () => {
    const zero = rowsOf("zero", (t) => (t === 0 ? null : 0));
    const rows = [...zero, ...rowsOf("null", () => 0), ...rowsOf("multiply 1", () => 0)];
    const more = [...rows, ...rows.filter(({ trial }) => trial > 0).map((one) => ({ ...one, trial: one.trial + 7 }))];
    const arm = summarize(more, { ...config, runs: 15 })[0]!.arms[2]!;
    expect(arm.pEquivalent).toBeLessThan(0.05);
    expect(arm).toMatchObject({ diverged: 0, better: 1, verdict: "cannot tell" });
  });

  it("pairs in which no zero was met are not among those that could differ", () => {
    const unmet = (one: HarmRow): HarmRow => (one.trial < 3 ? ({ ...one, firstStep: null } as HarmRow) : one);
    const cell = summarize([...base, ...rowsOf("multiply 1", (t) => NOISE[t]!)].map(unmet), config)[0]!;
    expect(cell.withZero).toBe(5);
    expect(cell.arms[2]).toMatchObject({ differences: [null, null, null, ...cell.arms[1]!.differences.slice(3)] });
    expect(cell.arms[2]!.change).toMatchObject({ n: 5, isRange: true });
    expect(cell.arms[2]!.verdict).toBe("cannot tell");
  });

  it("pairs without a difference in any bit are equal", () => {
    const rows = [...base, ...NOISE.map((_, t) => row("multiply 1", t, 0.5, 0))];
    expect(summarize(rows, config)[0]!.arms[2]).toMatchObject({ equal: 8, verdict: "equal" });
  });

  it("a job that failed has a row for each arm, and counts as failed", () => {
    const rows = armsOf(config).map((arm) =>
      schema.failed(
        { dataset: "glyphs", label: null, network: "mlp", batchNorm: false, precision: 16, ...arm, trial: 0 },
        "no memory",
      ),
    );
    const [cell] = summarize(rows, config);
    expect(cell!.arms.map(({ failed }) => failed)).toEqual([1, 1, 1, 1]);
    expect(cell).toMatchObject({ withZero: 0, firstStep: null, nullRange: null });
  });
});

it.each(harmStudies)("the study %s has a valid configuration in each preset", (study) => {
  for (const preset of ["smoke", "laptop", "paper"]) {
    const config = makeConfig(harm, { preset, set: harmStudy(study, preset) });
    if (preset === "paper") expect(config).toMatchObject({ images: null, epochs: 30, runs: 8 });
  }
  expect(() => harmStudy("mpl" as never, "laptop")).toThrow(/^study: must be one of mlp, .*, got "mpl"/);
});
