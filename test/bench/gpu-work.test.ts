/** What the processes compute, on engines that need no GPU. */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, type Engine, type Program } from "nonsmooth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SMALL, writeReplicas, writeStep } from "../../bench/gpu/problem";
import { prepareArithmetic } from "../../bench/gpu/work/arithmetic";
import { prepareBits } from "../../bench/gpu/work/bits";
import { conformanceOf } from "../../bench/gpu/work/conformance";
import { prepareCopies } from "../../bench/gpu/work/copies";
import { prepareReplicas } from "../../bench/gpu/work/replicas";
import { prepareStacks } from "../../bench/gpu/work/stacks";
import { prepareStep } from "../../bench/gpu/work/step";
import { prepareTraining } from "../../bench/gpu/work/training";
import { softwareCuda } from "../software-cuda/build";

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
  it.each([
    ["vgg11", false],
    ["vgg11", true],
    ["resnet18", false],
    ["resnet18", true],
  ] as const)(
    "the first losses of %s, with batch-norm: %s, agree with the definition, and they fall",
    async (network, batchNorm) => {
      const step = { ...writeStep(folder, { network, batchNorm }, SMALL), format: "f32" as const };
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
    expect(facts.found.map(({ replicas, differ, differFromFirst }) => [replicas, differ, differFromFirst])).toEqual([
      [1, [0, 0], undefined],
      [2, [0, 0], [0, 0]],
      [3, [0, 0], [0, 0]],
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
  it.each(["f64", "f32", "f16", "bf16"] as const)(
    "the arithmetic of the CPU keeps the contract in %s",
    async (format) => {
      const { facts } = await prepareArithmetic({ engine: "onnx-cpu", format });
      expect(facts.ulps).toMatchObject({ div: 0, sqrt: 0 });
      expect(facts.ulps.exp).toBeLessThanOrEqual(4);
      expect(facts.ulps.log).toBeLessThanOrEqual(4);
      expect(facts.flushes).toEqual({ operand: false, result: false });
      expect(facts.passesNaN).toEqual({ relu: true, maxPool: true });
    },
  );
});

describe("conformance", () => {
  const names = ["add", "exp", "matmul", "relu", "count"] as const;

  it("the definition agrees with itself, bit by bit", async () => {
    const { cases, same, ...facts } = await conformanceOf(createEngine("reference"), { format: "f16", names });
    expect(facts).toEqual({ operations: names.length, within: 0, wrong: [] });
    expect(same).toBe(cases);
    // two kinks' rules beside the cases of relu itself
    expect(cases).toBeGreaterThan(2 * names.length);
  });

  it("a sum that is rounded another way is within its bound, a wrong choice at a kink and an error are not", async () => {
    const cpu = createEngine("onnx-cpu");
    const changed = (change: (name: string, y: number[]) => void): Engine => ({
      ...cpu,
      compile: async (graph) => {
        const program = await cpu.compile(graph);
        const run: Program["run"] = async (feeds) => {
          const { y } = await program.run(feeds);
          const data = Array.from(y!.data);
          change(graph.name, data);
          return { y: { ...y!, data: Float64Array.from(data) } };
        };
        return { ...program, run };
      },
    });
    const grown = changed((name, y) => {
      if (name === "matmul") y[0]! *= 1 + 2 ** -23;
    });
    expect(await conformanceOf(grown, { format: "f32", names })).toMatchObject({ wrong: [] });
    const off = changed((name, y) => {
      if (name === "add") y[0]! += 1;
      if (name === "gradient of relu") y.fill(7);
      if (name === "exp") throw new Error("lost");
    });
    const { wrong, cases, same, within } = await conformanceOf(off, { format: "f32", names });
    expect(new Set(wrong.map((line) => line.split(",")[0]))).toEqual(new Set(["add", "exp", "relu"]));
    expect(wrong.find((line) => line.startsWith("relu"))).toMatch(
      /gradient, multiply: value -1 at the kink, .*: got 7/,
    );
    expect(wrong.find((line) => line.startsWith("exp"))).toMatch(/: lost$/);
    expect(cases).toBe(same + within + wrong.length);
    await cpu.dispose();
  });
});

describe("the bits of a training", () => {
  const training = () => {
    const step = writeStep(folder, { network: "vgg11", batchNorm: true }, SMALL);
    return { ...step, engine: "onnx-cpu", format: "f32" as const, steps: 4 };
  };

  it("a training that was stopped ends with the bits of one that was not, and a longer one with others", async () => {
    const whole = await prepareTraining(training());
    expect(whole.facts).toMatchObject({ outcome: "finished", taken: 4 });
    const checkpoint = join(folder, "bits.safetensors");
    const stopped = await prepareTraining({ ...training(), checkpoint, stopAfter: 1 });
    expect(stopped.facts).toMatchObject({ outcome: "stopped", taken: 1 });
    const rest = await prepareTraining({ ...training(), checkpoint });
    expect(rest.facts).toEqual({ outcome: "finished", taken: 3, sha256: whole.facts.sha256 });
    expect(stopped.facts.sha256).not.toBe(whole.facts.sha256);
  });

  it("two networks have the same bits as the first of any number, and others after another step", async () => {
    const options = { ...writeReplicas(folder, SMALL), engine: "onnx-cpu", format: "f16" as const, steps: 3 };
    const digests = [];
    for (const replicas of [2, 3, 5]) digests.push((await prepareStacks({ ...options, replicas })).facts.sha256);
    expect(new Set(digests).size).toBe(1);
    const { facts } = await prepareStacks({ ...options, replicas: 2, steps: 4 });
    expect(facts.sha256).not.toBe(digests[0]);
  });
});

const software = softwareCuda();

describe.skipIf("missing" in software)("copies on the device in software", () => {
  it("a step is one graph, and what goes to the host is what the device has counted, and not the state", async () => {
    if ("missing" in software) return;
    process.env.NONSMOOTH_CUDA ??= software.folder;
    const koffi = createRequire(__filename)("koffi");
    const counts = koffi.load(join(process.env.NONSMOOTH_CUDA, "libcuda.so.1")).func("void software_counts(void* out)");
    const bytesToHost = () => {
      const out = Buffer.alloc(48);
      counts(out);
      return Number(out.readBigUInt64LE(40));
    };
    const step = writeStep(folder, { network: "vgg11", batchNorm: false }, SMALL);
    const short = await prepareCopies({ ...step, format: "f32", steps: 1 });
    await short.dispose();
    const before = bytesToHost();
    const { facts, dispose } = await prepareCopies({ ...step, format: "f32", steps: 4 });
    // three steps come before the counted ones
    expect(bytesToHost() - before).toBe(7 * facts.bytesToHost);
    expect(facts).toMatchObject({ graphs: 1, kernels: 0, bytesToDevice: 0 });
    expect(facts.bytesToHost).toBeLessThanOrEqual(256);
    expect(facts.stateBytes).toBeGreaterThan(256);
    await dispose();
  });
});
