import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ImageFolder } from "../../src/data/image-folder";
import { createLoader, type LoadedBatch, type Loader, type LoaderOptions } from "../../src/data/loader";
import { preprocessing } from "../../src/data/transforms";
import type { Dataset } from "../../src/data/types";
import { compiledModule, projectRoot, stream } from "../../src/util";
import { emptyFolder, removeFolder } from "./files";

/** A module to run as the worker in place of ours. */
const replaced = vi.hoisted(() => ({ worker: undefined as string | undefined }));
vi.mock("../../src/util", async (original) => {
  const util = await original<typeof import("../../src/util")>();
  return { ...util, compiledModule: (name: string) => replaced.worker ?? util.compiledModule(name) };
});

const COUNT = 23;

/** Noise of 8 × 8 × 3; the first byte of image i is i, its label i mod 10. */
const dataset: Dataset = {
  name: "noise",
  split: "train",
  count: COUNT,
  shape: [8, 8, 3],
  images: Uint8Array.from({ length: COUNT * 192 }, (_, i) => (i % 192 === 0 ? i / 192 : (i * 2654435761) >>> 24)),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => i % 10),
  classes: 10,
  description: "noise",
  files: [],
};

const loaders: Loader[] = [];
afterEach(async () => {
  replaced.worker = undefined;
  await Promise.all(loaders.splice(0).map((loader) => loader.close()));
});

function open(options: Partial<LoaderOptions> = {}): Loader {
  const loader = createLoader({ dataset, batchSize: 5, seed: 1, shuffle: true, ...options });
  loaders.push(loader);
  return loader;
}

async function all(batches: AsyncIterable<LoadedBatch>): Promise<LoadedBatch[]> {
  const list: LoadedBatch[] = [];
  for await (const batch of batches) list.push(batch);
  return list;
}

const augmented = preprocessing("cifar10", "train");
const inputsOf = (batches: LoadedBatch[]) => batches.flatMap(({ inputs }) => [...inputs]);

describe.each([
  ["in a worker", true],
  ["in the caller's thread", false],
])("batches made %s", (_, worker) => {
  it("batches hold every image once, in the order of the epoch, as pixel/255", async () => {
    const loader = open({ worker });
    expect(loader).toMatchObject({ shape: [8, 8, 3], batchSize: 5, batchesPerEpoch: 5, broken: [] });
    const batches = await all(loader.epoch(2));
    expect(batches.map(({ index, size }) => [index, size])).toEqual([0, 1, 2, 3, 4].map((i) => [i, i < 4 ? 5 : 3]));
    const order = [...stream(1, "shuffle", 2).permutation(COUNT)];
    expect([...loader.order(2)]).toEqual(order);
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual(order.map((i) => i % 10));
    const pixels = order.flatMap((i) => [...dataset.images.subarray(i * 192, (i + 1) * 192)]);
    expect(inputsOf(batches)).toEqual(pixels.map((byte) => Math.fround(byte / 255)));
    expect([...new Set(order)]).toHaveLength(COUNT);
    expect([...loader.order(3)]).not.toEqual(order);
  });

  it("augmentation depends on seed, epoch and image, not on batch size, order or start", async () => {
    const options = { worker, transforms: augmented };
    const reference = await all(open(options).epoch(1));
    const numbers = inputsOf(reference);
    expect(inputsOf(await all(open({ ...options, batchSize: 7 }).epoch(1)))).toEqual(numbers);
    const resumed = open(options);
    expect(await all(resumed.epoch(1, { from: 3 }))).toEqual(reference.slice(3));
    expect(await all(resumed.epoch(1, { from: 5 }))).toEqual([]);

    const stored = open({ ...options, shuffle: false, batchSize: 1 });
    const byImage = await all(stored.epoch(1));
    expect([...stored.order(1)]).toEqual([...Array(COUNT).keys()]);
    expect([...resumed.order(1)].flatMap((i) => [...byImage[i]!.inputs])).toEqual(numbers);

    expect(inputsOf(await all(open({ ...options, seed: 2, shuffle: false }).epoch(1)))).not.toEqual(inputsOf(byImage));
    expect(inputsOf(await all(stored.epoch(2)))).not.toEqual(inputsOf(byImage));
  });

  it("an incomplete batch is left out on demand", async () => {
    const loader = open({ worker, incomplete: "drop" });
    expect(loader.batchesPerEpoch).toBe(4);
    expect((await all(loader.epoch(0))).map(({ size }) => size)).toEqual([5, 5, 5, 5]);
  });

  it("an epoch that is left with a break does not disturb the next one", async () => {
    const loader = open({ worker, transforms: augmented });
    for await (const { index } of loader.epoch(0)) if (index === 1) break;
    expect(await all(loader.epoch(0))).toEqual(await all(open({ worker: !worker, transforms: augmented }).epoch(0)));
  });

  it("an aborted epoch ends with the signal's reason", async () => {
    const loader = open({ worker });
    const controller = new AbortController();
    const seen: number[] = [];
    const loop = async () => {
      for await (const { index } of loader.epoch(0, { signal: controller.signal })) {
        seen.push(index);
        controller.abort(new Error("enough"));
      }
    };
    await expect(loop()).rejects.toThrow("enough");
    expect(seen).toEqual([0]);
    await expect(all(loader.epoch(0, { signal: AbortSignal.abort(new Error("before")) }))).rejects.toThrow("before");
    expect(await all(loader.epoch(0))).toHaveLength(5);
  });

  it("an epoch ends with an error when the loader is closed in the middle", async () => {
    const loader = open({ worker });
    const loop = async () => {
      for await (const { index } of loader.epoch(0)) if (index === 0) await loader.close();
    };
    await expect(loop()).rejects.toThrow("loader: must be open while an epoch is under way, got");
    await loader.close();
    expect(() => loader.epoch(0)).toThrow('loader: must be open, got "closed"');
  });
});

describe("a worker", () => {
  it("a worker makes `prefetch` batches while nobody asks, and no more", async () => {
    const folder = emptyFolder();
    const log = join(folder, "log");
    // our worker, noting each batch that it posts
    const note = `
      const { parentPort } = require("node:worker_threads");
      const post = parentPort.postMessage.bind(parentPort);
      parentPort.postMessage = (report, transfer) => {
        require("node:fs").appendFileSync(${JSON.stringify(log)}, report.kind + " " + (report.batch?.index ?? "") + "\\n");
        post(report, transfer);
      };
      require(${JSON.stringify(compiledModule("data/loader-worker"))});
    `;
    replaced.worker = join(folder, "worker.js");
    writeFileSync(replaced.worker, note);
    writeFileSync(log, "");
    const loader = open({ prefetch: 2 });
    const batches = loader.epoch(0)[Symbol.asyncIterator]();
    await batches.next();
    // this thread blocks until batches 1 and 2 are there, and then a while longer
    const made = () => readFileSync(log, "utf8").trim().split("\n");
    const cell = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < 400 && made().length < 3; i++) Atomics.wait(cell, 0, 0, 25);
    Atomics.wait(cell, 0, 0, 200);
    expect(made()).toEqual(["batch 0", "batch 1", "batch 2"]);
    expect((await batches.next()).value).toMatchObject({ index: 1 });
    await batches.return?.();
    await loader.close();
    removeFolder(folder);
  });

  it("epochs that go on at the same time give the batches that each gives alone", async () => {
    const [loader, alone] = [open(), open()];
    const [first, second] = [await all(alone.epoch(0)), await all(alone.epoch(1))];
    const both = [loader.epoch(0), loader.epoch(1)].map((epoch) => epoch[Symbol.asyncIterator]());
    for (const i of first.keys()) {
      const given = [await both[0]!.next(), await both[1]!.next()].map(({ value }) => value);
      expect(given).toEqual([first[i], second[i]]);
    }
    for (const epoch of both) expect((await epoch.next()).done).toBe(true);
    expect(await all(loader.epoch(0))).toEqual(first);
  });

  it("a worker that fails is an error of the epoch, and the next epoch gets another worker", async () => {
    const folder = emptyFolder();
    replaced.worker = join(folder, "worker.js");
    const loader = open();
    writeFileSync(replaced.worker, "throw new Error('no such luck')");
    const rule = "loader's worker: must live until the loader is closed, got";
    await expect(all(loader.epoch(0))).rejects.toThrow(`${rule} "no such luck"`);
    writeFileSync(replaced.worker, "setTimeout(() => process.exit(3), 20)");
    await expect(all(loader.epoch(0))).rejects.toThrow(`${rule} "exit code 3"`);
    const failing = `
      const port = require("node:worker_threads").parentPort;
      port.on("message", ({ kind, run }) => {
        if (kind === "start") port.postMessage({ kind: "failed", run, error: new Error("by itself") });
        if (kind === "close") port.close();
      });
    `;
    writeFileSync(replaced.worker, failing);
    await expect(all(loader.epoch(0))).rejects.toThrow("by itself");
    removeFolder(folder);
  });

  it.each(["for await (const batch of loader.epoch(0)) break", "await batches.next()", "await loader.close()"])(
    "a worker does not keep the process alive after: %s",
    async (action) => {
      const program = `
        const { createLoader } = require(${JSON.stringify(compiledModule("data/loader"))});
        const images = new Uint8Array(400 * 192);
        const dataset = { count: 400, shape: [8, 8, 3], images, labels: new Uint8Array(400), classes: 1 };
        const loader = createLoader({ dataset, batchSize: 2 });
        const batches = loader.epoch(1)[Symbol.asyncIterator]();
        (async () => { await batches.next(); ${action}; })();
      `;
      const run = await promisify(execFile)(process.execPath, ["-e", program], { cwd: projectRoot, timeout: 20_000 });
      expect(run).toEqual({ stdout: "", stderr: "" });
    },
  );
});

describe("what a loader refuses", () => {
  it.each([
    [{ batchSize: 0 }, "batchSize: must be a positive integer, got 0"],
    [
      { batchSize: 24, incomplete: "drop" },
      "batchSize: must be at most the number of images (23) to give a whole batch",
    ],
    [{ seed: 0.5 }, "seed: must be an integer, got 0.5"],
    [{ incomplete: "pad" }, 'incomplete: must be keep or drop, got "pad"'],
    [{ prefetch: 0 }, "prefetch: must be a positive integer, got 0"],
    [{ onBroken: "hide" }, 'onBroken: must be fail or skip, got "hide"'],
    [{ transforms: preprocessing("mnist", "train") }, "normalise: mean must have a finite value for each channel (3)"],
  ] as [Partial<LoaderOptions>, string][])("the options %o are refused", (options, message) => {
    expect(() => createLoader({ dataset, batchSize: 5, ...options })).toThrow(message);
  });

  it("a label that is no class is refused", () => {
    const refusal = (changed: object) => {
      const make = () => createLoader({ dataset: { ...dataset, ...changed } as Dataset, batchSize: 5 });
      return expect(make);
    };
    refusal({ images: Float32Array.from(dataset.images, (byte) => byte / 255) }).toThrow(
      /^noise images: must be bytes, a Uint8Array, got "Float32Array"\nHint: from numbers in \[0, 1\]: Uint8Array.from/,
    );
    refusal({ images: undefined }).toThrow("noise images: must be bytes, a Uint8Array, got undefined");
    refusal({ images: dataset.images.subarray(1) }).toThrow("noise images: must hold 23 × 8 × 8 × 3 values, got 4415");
    refusal({ labels: dataset.labels.subarray(1) }).toThrow("noise labels: must hold 23 values, got 22");
    refusal({ labels: Float32Array.from(dataset.labels, (label) => label / 2) }).toThrow(
      "noise labels: must be 0 to 9, got 0.5",
    );
    refusal({ shape: [8, 8] }).toThrow("noise shape: must be [height, width, channels], got [8,8]");
    refusal({ count: 0 }).toThrow("noise count: must be a positive integer, got 0");
    const labels = Uint8Array.from(dataset.labels, (label, i) => (i === 7 ? 11 : label));
    expect(() => createLoader({ dataset: { ...dataset, labels }, batchSize: 5 })).toThrow(
      /^noise labels: must be 0 to 9, got 11\nHint: it is the label of image 7, from 0$/,
    );
    const folder: ImageFolder = {
      ...{
        kind: "folder",
        name: "mine",
        split: "train",
        count: 2,
        directory: "nowhere",
        paths: ["a/1.png", "b/1.png"],
      },
      ...{ labels: Int32Array.of(0, -1), classes: 2, classNames: ["a", "b"], channels: 3, description: "mine" },
    };
    const transforms = preprocessing("imagenet", "test");
    expect(() => createLoader({ dataset: folder, batchSize: 1, transforms })).toThrow(
      "mine labels: must be 0 to 1, got -1\nHint: it is the label of image 1, from 0",
    );
  });

  it("an epoch or a batch out of range is refused", () => {
    const loader = open();
    expect(() => loader.epoch(-1)).toThrow("epoch: must be an integer from 0, got -1");
    expect(() => loader.order(0.5)).toThrow("epoch: must be an integer from 0, got 0.5");
    expect(() => loader.epoch(0, { from: 6 })).toThrow("from: must be an integer from 0 to 5, got 6");
  });
});
