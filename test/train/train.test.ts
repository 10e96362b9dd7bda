/** The training loop: its events, its outcomes, and that a training that was stopped goes on with the same bits. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { glyphs } from "../../src/data";
import type { Tensor } from "../../src/ir";
import { adam, sgd } from "../../src/optim";
import {
  decodeSafetensors,
  encodeSafetensors,
  runTraining,
  type Training,
  type TrainingEvent,
  type TrainingResult,
  train,
} from "../../src/train";
import { epochsOf, loaders, lossesOf, overflowing, smallNetwork, smallTraining, withoutBias } from "./support";

const folder = mkdtempSync(join(tmpdir(), "nonsmooth-train-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function record(training: Training): Promise<TrainingResult & { events: TrainingEvent[] }> {
  const events: TrainingEvent[] = [];
  const result = await runTraining(training, (event) => events.push(event));
  return { ...result, events };
}

const bits = (tensors: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Array.from(data)]));

describe("train", () => {
  it("a training gives an event for each step and each epoch, and learns", async () => {
    const { events, outcome, state } = await record(smallTraining({ epochs: 8 }));
    expect(outcome).toBe("finished");
    expect(events.slice(0, 6).map(({ kind }) => kind)).toEqual(["step", "step", "step", "step", "step", "epoch"]);
    const epochs = epochsOf(events);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(epochs[0]!.trainLoss).toBeCloseTo(
      lossesOf(events)
        .slice(0, 5)
        .reduce((a, b) => a + b) / 5,
      12,
    );
    expect(epochs[7]!.trainLoss).toBeLessThan(epochs[0]!.trainLoss / 2);
    expect(epochs[7]!.test!.count).toBe(50);
    expect(epochs[7]!.test!.correct).toBeGreaterThan(25);
    expect(state.position).toMatchObject({ epoch: 8, batch: 0, updates: 40 });
  });

  it.each(["f16", "f32", "f64", "mixed"] as const)(
    "a training in %s that is stopped within an epoch goes on with the same bits",
    async (precision) => {
      // Adam's ε is 0 in half precision
      const optimizer = precision === "f16" ? sgd({ lr: 0.05, momentum: 0.9, nesterov: true }) : adam({ lr: 0.01 });
      const whole = await record(smallTraining({ precision, optimizer }));
      const checkpoint = { path: join(folder, `${precision}.safetensors`), identity: "a" };
      const events: TrainingEvent[] = [];
      for (const after of [2, 5, 1]) {
        const controller = new AbortController();
        let left = after;
        const signal = controller.signal;
        const part = await runTraining(smallTraining({ precision, optimizer, checkpoint, signal }), (event) => {
          events.push(event);
          if (event.kind === "step" && --left === 0) controller.abort();
        });
        expect(part.outcome).toBe("stopped");
      }
      const rest = await record(smallTraining({ precision, optimizer, checkpoint }));
      expect(rest.outcome).toBe("finished");
      expect(bits(rest.state.tensors)).toEqual(bits(whole.state.tensors));
      expect(rest.state.position).toEqual(whole.state.position);
      expect([...events, ...rest.events]).toEqual(whole.events);
    },
  );

  it("a loss that is not finite ends the training as diverged", async () => {
    const network = smallNetwork();
    const { events, outcome } = await record(smallTraining({ network, optimizer: sgd({ lr: 1e30 }) }));
    expect(outcome).toBe("diverged");
    const last = epochsOf(events).at(-1)!;
    expect(last).toMatchObject({ epoch: 0, test: null, trainLoss: Number.NaN });
    expect(last.diverged).toMatch(/^the loss of batch \d is (NaN|Infinity)$/);
  });

  it("a training ends as diverged where only the last update blew up", async () => {
    const one = { ...smallTraining(), epochs: 1, network: smallNetwork(), optimizer: sgd({ lr: 1e30 }) };
    const { batchesPerEpoch, epoch, ...loader } = one.data;
    // one batch: its loss is that of the start
    const data = {
      ...loader,
      shape: one.data.shape,
      batchesPerEpoch: 1,
      epoch: async function* () {
        for await (const batch of one.data.epoch(0)) return void (yield batch);
      },
    } as unknown as Training["data"];
    const { events, outcome } = await record({ ...one, data });
    expect(outcome).toBe("diverged");
    expect(events).toHaveLength(2);
    expect(epochsOf(events)[0]).toMatchObject({
      test: null,
      diverged: expect.stringMatching(/^the loss in evaluation is /),
    });
    expect(Number.isFinite(epochsOf(events)[0]!.trainLoss)).toBe(true);
  });

  it("a training stops quietly where the loop over its events is left", async () => {
    let seen = 0;
    for await (const event of train(smallTraining())) if (event.kind === "step" && ++seen === 2) break;
    expect(seen).toBe(2);
  });

  it("a training depends on ReLU'(0) where zeros are hit, and only there", async () => {
    const run = async (slope: number, blackImages: number) => {
      const training = smallTraining({ network: withoutBias(), ...loaders({ blackImages }) });
      const result = await runTraining({ ...training, precision: "f64", kinks: { "relu.zero": slope } });
      return bits(result.state.tensors);
    };
    expect(await run(1, 0)).toEqual(await run(0, 0));
    expect(await run(0, 40)).toEqual(await run(0, 40));
    expect(await run(1, 40)).not.toEqual(await run(0, 40));
  });

  it("a convention by name trains like its values", async () => {
    const run = async (kinks: Training["kinks"]) => {
      const training = smallTraining({ network: smallNetwork({ activation: "leakyRelu" }), ...loaders(), kinks });
      return bits((await runTraining({ ...training, precision: "f32" })).state.tensors);
    };
    expect(await run("jax")).toEqual(await run({ "leakyRelu.zero": 1 }));
  });

  it("steps that overflow in mixed precision are skipped, and the scale is lowered", async () => {
    const events: TrainingEvent[] = [];
    const training = smallTraining({ precision: "mixed", optimizer: sgd({ lr: 0.05, momentum: 0.9 }) });
    const { state } = await runTraining(training, (event) => events.push(event));
    const taken = events.filter((event) => event.kind === "step" && event.taken).length;
    expect(state.position.updates).toBe(taken);
    expect(state.position.lossScale!.scale).toBe(65536 / 2 ** (10 - taken));
    for (const tensor of Object.values(state.tensors)) expect(tensor.data.every(Number.isFinite)).toBe(true);
  });

  it("the events hand over what a training is asked to observe", async () => {
    const observe: Training["observe"] = (_, gradients) => ({ bias: gradients.get("fc1.bias")! });
    const events: TrainingEvent[] = [];
    await runTraining(smallTraining({ epochs: 1, observe }), (event) => events.push(event));
    const first = events[0]!;
    expect(first.kind === "step" && first.observed.bias!.shape).toEqual([16]);
  });

  it("a loss that is not finite is left out of the mean where mixed precision skips its step", async () => {
    // only the batch of the one image with ink overflows
    const training = smallTraining({
      ...loaders({ blackImages: 199 }),
      epochs: 1,
      precision: "mixed",
      network: overflowing(),
    });
    const { events, state } = await record(training);
    const losses = lossesOf(events);
    const finite = losses.filter(Number.isFinite);
    expect([losses.length, finite.length]).toEqual([5, 4]);
    expect(epochsOf(events)[0]).toMatchObject({ trainLoss: finite.reduce((a, b) => a + b) / 4, diverged: null });
    expect(state.position).toMatchObject({ epoch: 1, lossSum: 0, lossCount: 0 });
  });

  it.each([16, 32, 64] as const)("a training with %i bits is that in the format of this name", async (precision) => {
    const kinks = { "relu.zero": 0.5 };
    const [byBits, byName] = await Promise.all(
      [precision, `f${precision}` as const].map((each) => record(smallTraining({ precision: each, kinks, epochs: 1 }))),
    );
    expect(bits(byBits!.state.tensors)).toEqual(bits(byName!.state.tensors));
  });

  it("a training without test data has the same steps, and evaluates nothing", async () => {
    const [without, withIt] = [await record(smallTraining({ test: undefined })), await record(smallTraining())];
    expect(lossesOf(without.events)).toEqual(lossesOf(withIt.events));
    expect(epochsOf(without.events)).toEqual(epochsOf(withIt.events).map((event) => ({ ...event, test: null })));
    expect(without.outcome).toBe("finished");
  });

  it("bad epochs, labels, kinks and names to observe are refused", async () => {
    const refused: [Partial<Training>, string | RegExp][] = [
      [{ epochs: 0 }, "epochs: must be a positive integer, got 0"],
      [{ network: smallNetwork({ classes: 3 }) }, "labels of batch 0: must be 0 to 2, the network's classes, got "],
      [{ kinks: 5 as never }, "kinks: must be values by the kinks' names, or one of torch, jax"],
      [{ kinks: null as never }, "kinks: must be values by the kinks' names, or one of torch, jax"],
      [{ kinks: { "relu.zero": "1" as never } }, 'relu.zero: value must be a number, got "1"'],
      [
        { precision: "f16", kinks: { "relu.zero": 1e10 } },
        "relu.zero: value must be at most 65504, the largest number of f16, got 10000000000",
      ],
      [
        { data: undefined },
        "data: must be a loader, got undefined\nHint: createLoader({ dataset, batchSize }) makes one",
      ],
      [{ test: glyphs({ split: "test", count: 3 }) as never }, 'test: must be a loader, or be absent, got "glyphs"'],
      [
        { network: "mlp" as never },
        'network: must be a layer, got "mlp"\nHint: createNetwork(name, options) makes one',
      ],
      [{ engine: "onnx-cpu" as never }, 'engine: must be an engine, got "onnx-cpu"\nHint: createEngine(id) makes one'],
      [{ optimizer: "sgd" as never }, 'optimizer: must be an optimizer, got "sgd"\nHint: sgd({ lr: 0.1 }) makes one'],
      [{ precision: "float16" as "f16" }, /^precision: must be one of .*, got "float16"\nHint: did you mean 16\?$/],
      [{ precision: 15 as 16 }, /^precision: must be one of .*, got 15$/],
      [{ kinks: { "maxPool.tie": 1 } }, 'kinks: must be kinks of the network, got "maxPool.tie"'],
      [
        { kinks: "jaxx" as "jax" },
        'kinks: must be one of torch, jax, tensorflow, tinygrad, cudnn, minimal-norm, got "jaxx"\nHint: did you mean jax?',
      ],
      [
        { observe: (_, gradients) => Object.fromEntries(gradients) },
        "observe: names must not be those of the step's own",
      ],
    ];
    for (const [options, message] of refused)
      await expect(record(smallTraining({ ...loaders(), ...options }))).rejects.toThrow(message);
  });
});

describe("checkpoints", () => {
  const path = join(folder, "other.safetensors");
  const checkpoint = { path, identity: "a" };

  it("a checkpoint with a flipped bit is refused, and one without a hash is taken", async () => {
    const place = { path: join(folder, "flipped.safetensors"), identity: "a" };
    await record(smallTraining({ epochs: 1, checkpoint: place }));
    const whole = readFileSync(place.path);
    const flipped = Buffer.from(whole);
    flipped[flipped.length - 100]! ^= 4;
    writeFileSync(place.path, flipped);
    const resumed = () => record(smallTraining({ checkpoint: place, ...loaders() }));
    await expect(resumed()).rejects.toThrow(`${place.path}: content must have the SHA-256 `);

    writeFileSync(place.path, whole);
    const continued = await resumed();
    const { tensors, metadata } = decodeSafetensors(whole, "whole");
    const before = encodeSafetensors(tensors, metadata);
    expect(Buffer.from(before).includes("sha256")).toBe(false);
    writeFileSync(place.path, before);
    expect(bits((await resumed()).state.tensors)).toEqual(bits(continued.state.tensors));
  });

  it("a checkpoint of another training is refused", async () => {
    await record(smallTraining({ epochs: 1, checkpoint }));
    const others: [Partial<Training>, string][] = [
      [
        { network: smallNetwork({ widths: [16, 13], batchNorm: true }) },
        'must hold fc2.weight as f32[13,16], got "f32[12,16]"',
      ],
      [{ precision: "f64" }, 'must hold fc1.weight as f64[16,784], got "f32[16,784]"'],
      [{ optimizer: adam() }, "must hold fc1.weight.adam.m as f32[16,784], got undefined"],
      [{ optimizer: sgd({ lr: 0.1 }) }, 'must hold only the tensors of this training, got "'],
      [{ checkpoint: { path, identity: "b" } }, 'must be from this configuration, got "a"'],
    ];
    for (const [options, message] of others) {
      const training = smallTraining({ checkpoint, ...options, ...loaders() });
      await expect(record(training)).rejects.toThrow(`checkpoint ${path}: ${message}`);
    }
  });
});
