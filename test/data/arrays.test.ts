import { afterEach, describe, expect, it } from "vitest";
import { type ArraysOptions, arrays, Batches, createLoader, type Loader, type LoaderOptions } from "../../src/data";
import { holdOut } from "../../src/data/select";
import type { Dataset, NumberDataset } from "../../src/data/types";
import { createEngine } from "../../src/engines";
import { createNetwork } from "../../src/nn";
import { sgd } from "../../src/optim";
import { runTraining } from "../../src/train";
import { stream } from "../../src/util";
import { epochsOf } from "../train/support";

const COUNT = 40;
const random = stream(1, "arrays");
/** 2 × 3 numbers with fractions, far outside [0, 1], some below 0. */
const numbers = Float32Array.from({ length: COUNT * 6 }, () => random.uniformIn(-300, 300));
const labels = Array.from({ length: COUNT }, (_, i) => i % 3);
const shape = [2, 3];

const loaders: Loader[] = [];
afterEach(() => Promise.all(loaders.splice(0).map((loader) => loader.close())));

async function batchesOf(dataset: LoaderOptions["dataset"], options: Partial<LoaderOptions> = {}) {
  const loader = createLoader({ dataset, batchSize: 7, shuffle: true, seed: 2, ...options });
  loaders.push(loader);
  const all = [];
  for await (const batch of loader.epoch(1)) all.push(batch);
  return { order: [...loader.order(1)], all, whole: await loader.whole() };
}

const inputsOf = (batches: readonly { inputs: Float32Array }[]) => batches.flatMap(({ inputs }) => [...inputs]);

describe.each([
  ["in a worker", true],
  ["in the caller's thread", false],
])("batches of arrays, made %s", (_, worker) => {
  it("numbers come as they are, in the order of the epoch", async () => {
    const { order, all, whole } = await batchesOf(arrays({ inputs: numbers, labels, shape }), { worker });
    expect(inputsOf(all)).toEqual(order.flatMap((i) => [...numbers.subarray(6 * i, 6 * i + 6)]));
    expect(all.flatMap((batch) => [...batch.labels])).toEqual(order.map((i) => labels[i]));
    expect([...whole!.inputs]).toEqual([...numbers]);
  });

  it("bytes are pixels: a batch has pixel/255", async () => {
    const inputs = Uint8Array.from({ length: COUNT * 6 }, (_, i) => (i * 37) % 256);
    const { order, all } = await batchesOf(arrays({ inputs, labels, shape }), { worker });
    const expected = order.flatMap((i) =>
      [...inputs.subarray(6 * i, 6 * i + 6)].map((byte) => Math.fround(byte / 255)),
    );
    expect(inputsOf(all)).toEqual(expected);
  });

  it("numbers are normalised by channel", async () => {
    const transforms = [{ kind: "normalise", mean: [1, 2, 3], std: [2, 4, 0.5] }] as const;
    const dataset = arrays({ inputs: numbers, labels, shape: [1, 2, 3] });
    const { all } = await batchesOf(dataset, { worker, transforms, shuffle: false });
    const [mean, std] = [transforms[0].mean, transforms[0].std];
    const expected = [...numbers].map((x, i) => Math.fround(Math.fround(x - mean[i % 3]!) / std[i % 3]!));
    expect(inputsOf(all)).toEqual(expected);
  });
});

it("one array, arrays of arrays and wider numbers give the same dataset", () => {
  const flat = arrays({ inputs: numbers, labels, shape }) as NumberDataset;
  const rows = Array.from({ length: COUNT }, (_, i) => [...numbers.subarray(6 * i, 6 * i + 6)]);
  for (const inputs of [rows, [...numbers], Float64Array.from(numbers), rows.map((row) => Float32Array.from(row))]) {
    expect(arrays({ inputs, labels: Int32Array.from(labels), shape })).toEqual(flat);
  }
  expect(flat).toMatchObject({ count: COUNT, shape: [2, 3, 1], classes: 3, name: "arrays", split: "train", files: [] });
  expect(arrays({ inputs: numbers, labels, shape: [6] }).shape).toEqual([1, 1, 6]);
  numbers[0]!++;
  expect(flat.images[0]).toBe(numbers[0]! - 1);
  numbers[0]!--;
});

it("bytes are pixels, input by input as well, and are not mixed with numbers", async () => {
  const rows = [Uint8Array.of(0, 255), Uint8Array.of(51, 102)];
  const flat = Uint8Array.of(0, 255, 51, 102);
  const made = [rows, flat].map((inputs) => arrays({ inputs, labels: [0, 1], shape: [2] }));
  expect(made.map(({ images }) => [images.constructor, [...images]])).toEqual([
    [Uint8Array, [...flat]],
    [Uint8Array, [...flat]],
  ]);
  expect(() => arrays({ inputs: [rows[0]!, [1, 2]], labels: [0, 1], shape: [2] })).toThrow(
    "arrays input 1: must be bytes as the inputs before it are",
  );
  expect(() => arrays({ inputs: [Uint8Array.of(1)], labels: [0], shape: [2] })).toThrow("must hold 1 × 1 × 2 values");
});

it("numbers can be held out, and taken as batches in order", () => {
  const dataset = arrays({ inputs: numbers, labels, shape });
  const [training, validation] = holdOut(dataset, 10, 1);
  expect([training.count, validation.count, training.images.length]).toEqual([30, 10, 180]);
  const batches = new Batches(dataset, { batchSize: 16 });
  expect(inputsOf([...batches])).toEqual([...numbers]);
});

it("a perceptron learns two classes from numbers that a byte could not hold", async () => {
  const points = Array.from({ length: 300 }, () => [random.uniformIn(-1, 1), random.uniformIn(-1, 1)]);
  const inside = points.map(([x, y]) => Number(x! * y! > 0));
  const dataset = arrays({ inputs: points, labels: inside, shape: [2] });
  const [data, test] = [
    createLoader({ dataset, batchSize: 20, shuffle: true }),
    createLoader({ dataset, batchSize: 300 }),
  ];
  loaders.push(data, test);
  const network = createNetwork("mlp", { inputShape: data.shape, classes: 2, widths: [32, 32] });
  const events: Parameters<typeof epochsOf>[0][number][] = [];
  const training = { network, data, test, engine: createEngine(), optimizer: sgd({ lr: 0.1, momentum: 0.9 }), seed: 1 };
  await runTraining({ ...training, precision: "f32", epochs: 20 }, (event) => void events.push(event));
  expect(epochsOf(events).at(-1)!.test!.accuracy).toBeGreaterThan(0.95);
});

describe("what arrays refuses", () => {
  const good: ArraysOptions = { inputs: numbers, labels, shape };
  it.each([
    [{ inputs: numbers.subarray(1) }, "arrays images: must hold 40 × 2 × 3 × 1 values, got 239"],
    [{ inputs: [[1, 2, 3, 4, 5, 6], [1]] }, "arrays input 1: must hold 2 × 3 × 1 values, got 1"],
    [{ inputs: [[1, 2, 3, 4, 5, 6]] }, "arrays images: must hold 40 × 2 × 3 × 1 values, got 6"],
    [{ inputs: [Number.NaN, ...numbers.subarray(1)] }, "arrays inputs: must be finite in 32 bits, got NaN"],
    [{ inputs: [...numbers.subarray(0, 239), 1e39] }, "arrays inputs: must be finite in 32 bits, got Infinity"],
    [{ inputs: [...numbers.subarray(0, 239), "7"] }, 'arrays inputs: must hold numbers, got "7"'],
    [{ inputs: "pictures" }, 'arrays inputs: must be an array or a typed array, got "pictures"'],
    [{ labels: undefined }, "arrays labels: must be an array or a typed array, got undefined"],
    [{ labels: [] }, 'arrays labels: must hold at least one label, got "none"'],
    [{ labels: labels.map((label) => label + 0.5) }, "arrays labels: must be 0 to 2, got 0.5"],
    [{ labels: labels.map((label) => label - 1) }, "arrays labels: must be 0 to 1, got -1"],
    [{ labels: labels.with(3, Number.NaN) }, "arrays labels: must be 0 to 2, got NaN"],
    [{ labels: labels.with(3, 256) }, "arrays labels: must be 0 to 255, got 256"],
    [{ classes: 2 }, "arrays labels: must be 0 to 1, got 2"],
    [{ classes: 0 }, "arrays classes: must be an integer from 1 to 256, got 0"],
    [{ shape: [2, 3, 1, 1] }, "arrays shape: must be [height, width, channels], [height, width] or [features], got"],
    [{ inputs: new BigInt64Array(240) }, 'arrays inputs: must be an array or a typed array, got "BigInt64Array"'],
    [{ inputs: [new BigUint64Array(6)] }, 'input 0: must be an array or a typed array, got "BigUint64Array"'],
    [{ inputs: [[1n]], shape: [1] }, "arrays input 0: must hold numbers, not BigInts, got 1"],
    [{ labels: new BigInt64Array(40) }, 'arrays labels: must be an array or a typed array, got "BigInt64Array"'],
    [{ inputs: [[1, 2]], shape: [2 ** 40] }, "arrays input 0: must hold 1 × 1 × 1099511627776 values, got 2"],
    [{ inputs: [Uint8Array.of(1)], shape: [2 ** 40] }, "input 0: must hold 1 × 1 × 1099511627776 values, got 1"],
    [{ shape: 6, name: "mine" }, "mine shape: must be [height, width, channels]"],
  ] as [object, string][])("%o is refused", (changed, message) => {
    expect(() => arrays({ ...good, ...changed } as ArraysOptions)).toThrow(message);
  });

  it("the place of a number that is not finite is in the hint", () => {
    const inputs = numbers.slice();
    inputs[6 * 7 + 2] = Number.NEGATIVE_INFINITY;
    expect(() => arrays({ ...good, inputs })).toThrow(/got -Infinity\nHint: it is number 2 of input 7, both from 0$/);
  });

  it("a crop of numbers is refused", () => {
    const transforms = [{ kind: "randomFlip" }] as const;
    expect(() => createLoader({ dataset: arrays(good), batchSize: 5, transforms })).toThrow(
      'transforms: must be normalise only for arrays, whose inputs are numbers, got "randomFlip"',
    );
  });

  it("images that are numbers but came by another way are refused, with the way", () => {
    const { kind: _, ...unmarked } = arrays(good) as NumberDataset;
    expect(() => createLoader({ dataset: unmarked as unknown as Dataset, batchSize: 5 })).toThrow(
      "arrays({ inputs, labels",
    );
  });
});
