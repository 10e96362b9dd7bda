import { afterAll, describe, expect, it } from "vitest";
import { kinkSites } from "../../src/autodiff";
import { glyphs } from "../../src/data";
import { createEngine } from "../../src/engines";
import type { Job } from "../../src/experiments/bifurcation-frequency/cells";
import { type CellPrograms, compileCell } from "../../src/experiments/bifurcation-frequency/programs";
import { simulate } from "../../src/experiments/bifurcation-frequency/simulate";
import { currentPass } from "../../src/experiments/bifurcation-frequency/worker";
import { formatOfBits } from "../../src/formats";
import { graph, input } from "../../src/ir";
import { applyNetwork, initialise } from "../../src/nn";
import { stream } from "../../src/util";

const engine = createEngine("onnx-cpu");
afterAll(() => engine.dispose());
const dataset = glyphs({ split: "train", count: 10_240 });
const pass = currentPass(dataset, dataset.count);
const job = (precision: Job["precision"], trial: number): Job => ({
  precision,
  width: 256,
  depth: 3,
  batchSize: 256,
  trial,
});
const options = { dataset: "glyphs", seed: 1, pair: [0, 1] as [number, number] };

function programs(
  precision: Job["precision"],
  chainRule: "multiply" | "overwrite" = "multiply",
): Promise<CellPrograms> {
  return compileCell(engine, job(precision, 0), 784, 10, { chainRule, firstActivation: true });
}

describe("screening", () => {
  it.each([16, 32] as const)(
    "gives the same rows at %s bits as running the backward sweeps always",
    async (precision) => {
      const compiled = await programs(precision);
      for (const trial of [0, 1]) {
        const screened = await simulate(job(precision, trial), options, compiled, pass(job(precision, trial)));
        const swept = await simulate(job(precision, trial), options, compiled, pass(job(precision, trial)), {
          screening: false,
        });
        expect(screened).toEqual(swept);
      }
      await compiled.dispose();
    },
  );

  it("counts the zeros that are there, layer by layer", async () => {
    const compiled = await programs(16);
    const row = await firstDifferent(compiled);
    const batch = row.firstHit as number;
    const format = formatOfBits(16);
    const logits = applyNetwork(compiled.network, input("x", format, [256, 784])).output;
    const z = kinkSites([logits]).map(({ operand }, i) => [`z ${i}`, operand] as const);
    const forward = await engine.compile(graph(Object.fromEntries(z)));
    const drawn = initialise(compiled.network, format, stream(1, "initialisation", 256, 3, row.trial as number));
    const used = Object.fromEntries(Object.entries(drawn).filter(([name]) => !name.startsWith("fc4")));
    const results = await forward.run({ ...used, x: pass(job(16, 0)).at(batch).x });
    const zeros = z.map(([name]) => results[name]!.data.filter((v) => v === 0).length);
    expect(zeros.reduce((a, b) => a + b)).toBeGreaterThan(0);
    if (row.batches === batch + 1) expect(row.hitsByLayer).toEqual(zeros);
    await compiled.dispose();
  });
});

it.each([16, 32, 64] as const)("0 against 0, the control, never differs at %s bits", async (precision) => {
  const compiled = await programs(precision);
  for (const trial of [0, 1]) {
    const row = await simulate(
      job(precision, trial),
      { ...options, pair: [0, 0] },
      compiled,
      pass(job(precision, trial)),
      {
        screening: false,
      },
    );
    expect(row).toMatchObject({ outcome: "same", batches: 40, firstBifurcation: null });
  }
  await compiled.dispose();
});

it("overwrite differs on the same mini-batch as multiply, and by more", async () => {
  const multiply = await programs(16);
  const row = await firstDifferent(multiply);
  const overwrite = await programs(16, "overwrite");
  const trial = row.trial as number;
  const other = await simulate(job(16, trial), options, overwrite, pass(job(16, trial)));
  expect(other.firstHit).toBe(row.firstHit);
  expect(other.relativeL2 as number).toBeGreaterThan(10 * (row.relativeL2 as number));
  await multiply.dispose();
  await overwrite.dispose();
});

it("a NaN is an outcome of its own", async () => {
  const compiled = await programs(32);
  const whole = pass(job(32, 0));
  const poisoned = {
    batches: 3,
    at(batch: number) {
      const { x, labels } = whole.at(batch);
      const data = x.data.slice();
      if (batch === 1) data[5] = Number.NaN;
      return { x: { ...x, data }, labels };
    },
  };
  const row = await simulate(job(32, 0), options, compiled, poisoned);
  expect(row).toMatchObject({ outcome: "not-a-number", batches: 2, firstBifurcation: null, relativeL2: null });
  await compiled.dispose();
});

/** The first initialisation with a difference at 16 bits. */
async function firstDifferent(compiled: CellPrograms) {
  for (let trial = 0; trial < 20; trial++) {
    const row = await simulate(job(16, trial), options, compiled, pass(job(16, trial)));
    if (row.outcome === "different") return row;
  }
  throw new Error("no difference in 20 initialisations");
}
