import { afterAll, describe, expect, it } from "vitest";
import { kinkSites } from "../../src/autodiff";
import { glyphs } from "../../src/data";
import { createEngine } from "../../src/engines";
import type { Job } from "../../src/experiments/bifurcation-frequency/cells";
import { simulate } from "../../src/experiments/bifurcation-frequency/simulate";
import type { MiniBatch, Pass } from "../../src/experiments/gradient-pairs/pass";
import { latestPass } from "../../src/experiments/gradient-pairs/pass";
import { type CellPrograms, compileCell } from "../../src/experiments/gradient-pairs/programs";
import { precisionOf } from "../../src/formats";
import { graph, input, type Tensor } from "../../src/ir";
import { applyNetwork, initialise } from "../../src/nn";
import { stream } from "../../src/util";

const engine = createEngine("onnx-cpu");
afterAll(() => engine.dispose());
const dataset = glyphs({ split: "train", count: 10_240 });
const pass = latestPass(engine, dataset, dataset.count);
const job = (precision: Job["precision"], trial: number): Job => ({
  precision,
  width: 256,
  depth: 3,
  batchSize: 256,
  trial,
});
const one = async (precision: Job["precision"], trial: number, compiled: CellPrograms, set = {}, how = {}) =>
  (
    await simulate([job(precision, trial)], { ...options, ...set }, compiled, await pass.of(job(precision, 0)), how)
  )[0]!;
const options = { dataset: "glyphs", seed: 1, pair: [0, 1] as [number, number], chainRule: "multiply" as const };

function programs(precision: Job["precision"]): CellPrograms {
  return compileCell(engine, job(precision, 0), 784, 10, { firstActivation: true });
}

describe("screening", () => {
  it.each([16, 32] as const)(
    "screening at %s bits gives the same rows as running the backward sweeps always",
    async (precision) => {
      const compiled = programs(precision);
      for (const trial of [0, 1]) {
        const screened = await one(precision, trial, compiled);
        const swept = await one(precision, trial, compiled, {}, { screening: false });
        expect(screened).toEqual(swept);
      }
      await compiled.dispose();
    },
  );

  it("screening counts the zeros that are there, layer by layer", async () => {
    const compiled = programs(16);
    const row = await firstDifferent(compiled);
    const batch = row.firstHit!;
    const format = precisionOf(16).format;
    const logits = applyNetwork(compiled.network, input("x", format, [256, 784])).output;
    const z = kinkSites([logits]).map(({ operand }, i) => [`z ${i}`, operand] as const);
    const forward = await engine.compile(graph(Object.fromEntries(z)));
    const drawn = initialise(compiled.network, format, stream(1, "initialisation", 256, 3, row.trial));
    const used = Object.fromEntries(Object.entries(drawn).filter(([name]) => !name.startsWith("fc4")));
    const results = await forward.run({ ...used, x: (await (await pass.of(job(16, 0))).at(batch)).x });
    const zeros = z.map(([name]) => results[name]!.data.filter((v) => v === 0).length);
    expect(zeros.reduce((a, b) => a + b)).toBeGreaterThan(0);
    if (row.batches === batch + 1) expect(row.hitsByLayer).toEqual(zeros);
    await compiled.dispose();
  });
});

it.each([16, 32, 64] as const)("the control, 0 against 0, never differs at %s bits", async (precision) => {
  const compiled = programs(precision);
  for (const trial of [0, 1]) {
    const row = await one(precision, trial, compiled, { pair: [0, 0] }, { screening: false });
    expect(row).toMatchObject({ outcome: "same", batches: 40, firstBifurcation: null });
  }
  await compiled.dispose();
});

it("chain rule overwrite differs on the same mini-batch as multiply, and by more", async () => {
  const compiled = programs(16);
  const row = await firstDifferent(compiled);
  const other = await one(16, row.trial, compiled, { chainRule: "overwrite" });
  expect(other.firstHit).toBe(row.firstHit);
  expect(other.relativeL2).toBeGreaterThan(10 * row.relativeL2!);
  await compiled.dispose();
});

it("a NaN is an outcome of its own", async () => {
  const compiled = programs(32);
  const whole = await pass.of(job(32, 0));
  const poisoned: Pass = {
    batches: 3,
    async at(batch: number): Promise<MiniBatch> {
      const { x, labels } = await whole.at(batch);
      const { data, ...type } = await read(x);
      return { x: { ...type, data: batch === 1 ? data.with(5, Number.NaN) : data }, labels };
    },
  };
  const [row] = await simulate([job(32, 0)], options, compiled, poisoned);
  expect(row).toMatchObject({ outcome: "not-a-number", batches: 2, firstBifurcation: null, relativeL2: null });
  await compiled.dispose();
});

const read = (x: MiniBatch["x"]): Promise<Tensor> | Tensor => ("data" in x ? x : x.read());

/** The first initialisation with a difference at 16 bits. */
async function firstDifferent(compiled: CellPrograms) {
  for (let trial = 0; trial < 20; trial++) {
    const row = await one(16, trial, compiled);
    if (row.outcome === "different") return row;
  }
  throw new Error("no difference in 20 initialisations");
}
