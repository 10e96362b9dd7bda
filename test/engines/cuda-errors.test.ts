/** What the engine `cuda` says when the device's memory is full or the device is lost, and what can be done afterwards. */
import { describe, expect, it } from "vitest";
import { softwareCuda } from "../software-cuda/build";
import { inChild } from "../software-cuda/child";

const software = softwareCuda();

/** @param program uses `engine`, `heldOf(n)` (n numbers on the device), `fail(kind, after)`, `memory(bytes)` and `said(action)` (the message of its error) */
const onDevice = (program: string) =>
  inChild(
    `const device = require("koffi").load(process.env.NONSMOOTH_CUDA + "/libcuda.so.1");
    const fail = device.func("void software_fail(int kind, int after)");
    const memory = device.func("void software_memory(uint64 bytes)");
    const { createEngine, graph, input, ops, tensor } = nonsmooth;
    const isDeviceError = ({ name }) => name === "DeviceError";
    const engine = createEngine("cuda");
    const heldOf = (n) => engine.hold(tensor("f32", new Float32Array(n)));
    const errors = [];
    const said = (action) => Promise.resolve().then(action).then(() => "nothing", (error) => {
      errors.push(error);
      return error.message;
    });
    ${program}`,
    { NONSMOOTH_CUDA: (software as { folder: string }).folder },
  );

const EXPONENTIAL = `const program = await engine.compile(graph({ y: ops.exp(input("x", "f32", [4])) }));
  const x = tensor("f32", [0, 0, 0, 0]);`;

describe.skipIf("missing" in software)("a failure of the device", () => {
  it("out of memory: how much was asked for, and how much is free; smaller work still succeeds", () => {
    const outcome = onDevice(`
      memory((64 + 3) * 2 ** 20); // beside what cuBLAS has
      const large = await said(() => heldOf(2 ** 20));
      const small = await (await heldOf(3)).read();
      return [large, isDeviceError(errors[0]), small.data.length];`);
    expect(outcome).toEqual([
      'cuda: must have enough memory, got "4.0 MiB more, with 3.0 MiB of 67.0 MiB free"\nHint: a smaller batch, or fewer replicas or images, needs less, but is a different run; if other programs used the memory, run the same command again: it continues from its last rows and its checkpoint',
      true,
      3,
    ]);
  });

  it.each([0, 1, 2])("a program whose allocation %d fails can be run again", (after) => {
    const outcome = onDevice(`
      fail(1, ${after});
      const first = await said(async () => { ${EXPONENTIAL} await program.run({ x }); });
      fail(0, -1);
      ${EXPONENTIAL}
      return [first, [...(await program.run({ x })).y.data]];`);
    const message = expect.stringMatching(
      /^cuda: must have enough memory, got "\d+ bytes more, with 7\.9 GiB of 8\.0 GiB free"\n/,
    );
    expect(outcome).toEqual([message, [1, 1, 1, 1]]);
  });

  it("whichever allocation of a training fails, it gives back what it took, and the next training has the same bits", () => {
    const outcome = onDevice(`
      const { createLoader, createNetwork, glyphs, preprocessing, sgd, train } = nonsmooth;
      const counts = device.func("void software_counts(void* out)");
      const inUse = () => {
        const room = new BigUint64Array(6);
        counts(room);
        return Number(room[3]);
      };
      const losses = async () => {
        const own = createEngine("cuda");
        const data = createLoader({ dataset: glyphs({ split: "train", count: 12 }), batchSize: 4, transforms: preprocessing("glyphs", "train") });
        const network = createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [3], batchNorm: true });
        const all = [];
        try {
          for await (const event of train({ network, optimizer: sgd({ lr: 0.05, momentum: 0.9 }), data, test: data, engine: own, epochs: 1, seed: 1, precision: "f32" }))
            if (event.kind === "step") all.push(event.loss);
          return all.join();
        } finally {
          await data.close();
          await own.dispose();
        }
      };
      const undisturbed = await losses();
      const [before, after, leaks] = [inUse(), new Set(), []];
      let failures = -1;
      for (let text = ""; text !== "nothing"; failures++) {
        fail(1, failures + 1);
        text = await said(losses);
        fail(0, -1);
        if (inUse() !== before) leaks.push(failures + 1);
        after.add(await losses());
      }
      return { failures: failures > 10, leaks, same: after.size === 1 && after.has(undisturbed), device: errors.every(isDeviceError) };`);
    expect(outcome).toEqual({ failures: true, leaks: [], same: true, device: true });
  });

  it("experiments give back the memory that they took", () => {
    const outcome = onDevice(`
      const counts = device.func("void software_counts(void* out)");
      const inUse = () => {
        const room = new BigUint64Array(6);
        counts(room);
        return Number(room[3]);
      };
      const small = { dataset: "glyphs", engine: "cuda" };
      const experiments = [
        ["bifurcationFrequency", { ...small, precisions: [16, 32], widths: [4], depths: [1], batchSizes: [8], sampleSizes: [16], runs: 2 }],
        ["gradientDifference", { ...small, precisions: [16], width: 4, depth: 1, batchSize: 8, images: 16, runs: 2 }],
        ["reluFamily", { ...small, networks: ["mlp"], batchNorm: [false], images: 16, widths: { mlp: [3] }, batchSize: 8, batches: 2, precisions: [16, 64], runs: 1 }],
        ["zeros", { ...small, images: 16, testImages: 8, epochs: 1, runs: 1, precisions: [32] }],
        ["surprise", { ...small, images: 16, widths: [3], batchSize: 8, runs: 1, precisions: [32] }],
        // such steps leave units without weights, so that zeros are met and a weight is changed
        ["harm", { ...small, images: 8, testImages: 8, widths: [8, 8], batchSize: 8, epochs: 3, runs: 1, precisions: [32], learningRate: 0.5, weightDecay: 2 }],
      ];
      const [{ mkdtempSync }, { tmpdir }] = [require("node:fs"), require("node:os")];
      const left = {};
      // the first one loads the libraries
      for (const [name, set] of [experiments[0], ...experiments]) {
        const before = inUse();
        await nonsmooth.runExperiment(nonsmooth[name], { runs: mkdtempSync(tmpdir() + "/nonsmooth-"), workers: 0, set });
        left[name] = inUse() - before;
      }
      return left;`);
    const none = { bifurcationFrequency: 0, gradientDifference: 0, reluFamily: 0, zeros: 0, surprise: 0, harm: 0 };
    expect(outcome).toEqual(none);
  });

  // the first run launches one by one, the second captures a graph, later ones replay it
  it.each([
    [0, "cuLaunchKernel"],
    [1, "cuLaunchKernel"],
    [2, "cuGraphLaunch"],
    [3, "cuGraphLaunch"],
  ])(
    "a device that is lost at launch %d stays lost: everything fails with the same error, and can be disposed of",
    (after) => {
      const outcome = onDevice(`
      ${EXPONENTIAL}
      const held = await heldOf(3);
      fail(2, ${after});
      const results = [];
      for (let run = 0; run <= ${after}; run++) results.push(await said(() => program.run({ x })));
      const compile = () => engine.compile(graph({ y: ops.log(input("x", "f32", [4])) }));
      for (const action of [() => program.run({ x }), () => heldOf(3), () => held.read(), compile]) results.push(await said(action));
      held.dispose();
      await program.dispose();
      await engine.dispose();
      const lost = results.filter((text) => text !== "nothing");
      return { texts: [...new Set(lost)], same: new Set(errors).size, device: errors.every(isDeviceError), failed: lost.length };`);
      expect(outcome).toEqual({
        texts: [
          expect.stringMatching(
            /^cuda: must keep its device, got launch failure \(cu\w+ gave 719\)\nHint: run the same command again: it continues from its last rows and its checkpoint$/,
          ),
        ],
        same: 1,
        device: true,
        failed: expect.any(Number),
      });
      expect((outcome as { failed: number }).failed).toBeGreaterThanOrEqual(5);
    },
  );
});
