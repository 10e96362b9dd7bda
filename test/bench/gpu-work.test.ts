/** What the processes compute, on engines that need no GPU. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SMALL, writeReplicas, writeStep } from "../../bench/gpu/problem";
import { prepareArithmetic } from "../../bench/gpu/work/arithmetic";
import { prepareBits } from "../../bench/gpu/work/bits";
import { prepareReplicas } from "../../bench/gpu/work/replicas";
import { prepareStep } from "../../bench/gpu/work/step";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nonsmooth-gpu-work-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const near = (found: readonly number[] | undefined, expected: readonly number[] | undefined, relative: number) => {
  expect(found).toHaveLength(expected!.length);
  for (const [i, x] of found!.entries()) expect(Math.abs(x / expected![i]! - 1)).toBeLessThan(relative);
};

describe("a training step", () => {
  it.each(["vgg11", "resnet18"] as const)(
    "the first losses of %s agree with the definition, and they fall",
    async (network) => {
      const step = { ...writeStep(folder, network, SMALL), format: "f32" as const };
      const expected = await prepareStep({ ...step, engine: "reference" });
      const { facts, measure, dispose } = await prepareStep({ ...step, engine: "onnx-cpu" });
      near(facts.losses, expected.facts.losses, 1e-4);
      expect(facts.losses![2]).toBeLessThan(facts.losses![0]!);
      expect((await measure!(0.01)).rate).toBeGreaterThan(0);
      await dispose();
    },
  );
});

describe("steps of many networks", () => {
  it.each(["f32", "f16"] as const)(
    "each of several networks in %s has the losses of one alone, and they fall",
    async (format) => {
      const problem = { ...writeReplicas(folder, SMALL), format };
      const expected = await prepareReplicas({ ...problem, replicas: 1, engine: "reference" });
      for (const replicas of [1, 3]) {
        const { facts, dispose } = await prepareReplicas({ ...problem, replicas, engine: "onnx-cpu" });
        near(facts.losses, expected.facts.losses, format === "f32" ? 1e-5 : 5e-3);
        await dispose();
      }
      expect(expected.facts.losses![2]).toBeLessThan(expected.facts.losses![0]!);
    },
  );
});

describe("bits", () => {
  it("the bits of the reference engine do not depend on the number of networks", async () => {
    const options = { widths: [784, 4, 3, 10], batch: 4, batches: 2, compared: 2, replicas: [2, 3] };
    const { facts } = await prepareBits({ ...options, engine: "reference", format: "f16" });
    expect(facts.found.map(({ replicas, differ }) => [replicas, ...differ])).toEqual([
      [1, 0, 0],
      [2, 0, 0],
      [3, 0, 0],
    ]);
  });

  it("exact zeros are found, as many with 4 networks as with 1", async () => {
    const options = { widths: [784, 256, 256, 10], batch: 256, batches: 16, compared: 4, replicas: [4] };
    const { facts } = await prepareBits({ ...options, engine: "onnx-cpu", format: "f16" });
    const [alone, four] = facts.found;
    expect(alone!.zeros.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0);
    expect(four!.zeros).toEqual(alone!.zeros);
  });
});

describe("arithmetic", () => {
  it.each(["f32", "f16"] as const)("the arithmetic of the CPU keeps the contract in %s", async (format) => {
    const { facts } = await prepareArithmetic({ engine: "onnx-cpu", format });
    expect(facts.ulps).toMatchObject({ div: 0, sqrt: 0 });
    expect(facts.ulps.exp).toBeLessThanOrEqual(4);
    expect(facts.ulps.log).toBeLessThanOrEqual(4);
    expect(facts.flushes).toEqual({ operand: false, result: false });
    expect(facts.passesNaN).toEqual({ relu: true, maxPool: true });
  });
});
