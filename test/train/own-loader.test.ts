/** Trainings on data of one's own: any object that gives batches as a loader does. */
import { describe, expect, it } from "vitest";
import type { LoadedBatch } from "../../src/data";
import { createEngine } from "../../src/engines";
import { runTraining, type TrainingData, type TrainingEvent } from "../../src/train";
import { stream } from "../../src/util";
import { loaders, lossesOf, smallTraining } from "./support";

/** The batches of a loader, each changed by a function. */
function changed(change: (batch: LoadedBatch, epoch: number) => unknown): TrainingData {
  const { data } = loaders();
  const { shape, batchSize, batchesPerEpoch } = data;
  return {
    ...{ shape, batchSize, batchesPerEpoch },
    async *epoch(epoch, options) {
      for await (const batch of data.epoch(epoch, options)) yield change(batch, epoch) as LoadedBatch;
    },
  };
}

async function course(data: TrainingData, engine = "onnx-cpu", readEvery = 1) {
  const events: TrainingEvent[] = [];
  await runTraining(smallTraining({ data, engine: createEngine(engine), readEvery }), (event) => events.push(event));
  return lossesOf(events);
}

describe("a loader of one's own", () => {
  it("gives the training of the loader that it takes its batches from", async () => {
    const expected = await course(loaders().data);
    expect(await course(changed((batch) => batch))).toEqual(expected);
  });

  it("may add noise, the same one whenever a batch is asked for", async () => {
    const noisy = () =>
      changed((batch, epoch) => {
        const random = stream(1, "noise", epoch, batch.index);
        return { ...batch, inputs: batch.inputs.map((x) => x + 0.1 * random.normal()) };
      });
    const losses = await course(noisy());
    expect(losses).not.toEqual(await course(loaders().data));
    expect(await course(noisy(), "onnx-cpu", 3)).toEqual(losses);
  });

  it("may leave the last batch of an epoch out; all events come in their epoch", async () => {
    const { data } = loaders();
    const { shape, batchSize, batchesPerEpoch } = data;
    const short: TrainingData = {
      ...{ shape, batchSize, batchesPerEpoch },
      async *epoch(epoch, options) {
        for await (const batch of data.epoch(epoch, options)) if (batch.index < batchesPerEpoch - 1) yield batch;
      },
    };
    const events: TrainingEvent[] = [];
    await runTraining(smallTraining({ data: short, readEvery: 3 }), (event) => events.push(event));
    const expected = [0, 1].flatMap((epoch) => [...Array(4).fill(`step ${epoch}`), `epoch ${epoch}`]);
    expect(events.map(({ kind, epoch }) => `${kind} ${epoch}`)).toEqual(expected);
  });

  it.each<[string, (batch: LoadedBatch) => unknown, string]>([
    ["bytes", (b) => ({ ...b, inputs: new Uint8Array(b.inputs.length) }), 'got "Uint8Array of 37632"'],
    ["a plain array", (b) => ({ ...b, inputs: [...b.inputs] }), 'got "Array of 37632"'],
    [
      "too few numbers",
      (b) => ({ ...b, inputs: b.inputs.slice(1) }),
      'must be a Float32Array of 48 × 28 × 28 × 1 numbers, got "Float32Array of 37631"',
    ],
    [
      "too few labels",
      (b) => ({ ...b, labels: b.labels.slice(1) }),
      'loader, batch 0: labels must be an Int32Array of 48, got "Int32Array of 47"',
    ],
    ["labels that are bytes", (b) => ({ ...b, labels: Uint8Array.from(b.labels) }), 'got "Uint8Array of 48"'],
    ["a label that is no class", (b) => ({ ...b, labels: b.labels.fill(10) }), "labels of batch 0: must be 0 to 9"],
    ["no size", ({ size: _, ...b }) => b, "loader, batch 0: size must be a positive integer, got undefined"],
    [
      "a batch too many",
      (b) => ({ ...b, index: 5 }),
      "index of a batch must be from 0 to 4, of batchesPerEpoch, got 5",
    ],
    ["nothing", () => undefined, "index of a batch must be from 0 to 4"],
  ])("refuses %s", async (_, change, message) => {
    await expect(course(changed(change))).rejects.toThrow(message);
  });

  it.each<[string, unknown, string]>([
    ["no shape", { shape: undefined }, "data, shape: must be [height, width, channels], got undefined"],
    ["a shape of features", { shape: [784] }, "data, shape: must be [height, width, channels], got [784]"],
    ["no number of batches", { batchesPerEpoch: undefined }, "data, batchesPerEpoch: must be a positive integer"],
    ["no batches", { epoch: [] }, "data: must be a loader"],
  ])("with %s is refused", async (_, part, message) => {
    await expect(course({ ...changed((batch) => batch), ...(part as object) })).rejects.toThrow(message);
  });
});
