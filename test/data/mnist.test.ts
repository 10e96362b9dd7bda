import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { mnist } from "../../src/data/mnist";
import { dataPlaces } from "../../src/data/places";
import { eachInOwnFolder, idx, type TestFiles, testFiles, writeTestFiles } from "./files";

// no project data folder: what lies there must not decide a test
vi.mock("../../src/util", async (original) => ({ ...(await original<object>()), workspace: "/nowhere" }));

const real = process.env.NONSMOOTH_DATA;
const realMnist = real === undefined ? undefined : join(real, "mnist");
const hasReal = realMnist !== undefined && existsSync(join(realMnist, "train-images-idx3-ubyte.gz"));

/** Copies are made once; the tests write them where they want them. */
const standIn = testFiles();

let folder: string;
eachInOwnFolder((path) => {
  folder = path;
});

const load = (directory = folder) => mnist.load({ split: "test", directory });

/** The error for files with one of them changed. */
async function errorFor(files: Partial<TestFiles>): Promise<string> {
  writeTestFiles(folder, { ...standIn, ...files });
  return load().then(
    () => "none",
    (error: Error) => error.message,
  );
}

describe("where MNIST is found", () => {
  it("MNIST is found in the folder itself, in mnist/ and in torchvision's MNIST/raw/", async () => {
    for (const place of [folder, join(folder, "a", "mnist"), join(folder, "b", "MNIST", "raw")]) {
      writeTestFiles(place, standIn);
    }
    for (const directory of [folder, join(folder, "a"), join(folder, "b")]) {
      expect(mnist.available({ split: "test", directory })).toBe(true);
      expect(mnist.available({ split: "train", directory })).toBe(false);
      const data = await load(directory);
      expect(data).toMatchObject({ name: "mnist", split: "test", count: 10_000, shape: [28, 28, 1], classes: 10 });
      expect([...data.images.subarray(784 * 258, 784 * 258 + 3)]).toEqual([2, 1, 0]);
      expect([...data.labels.subarray(8, 12)]).toEqual([8, 9, 0, 1]);
    }
  });

  it("unpacked files are found under either name", async () => {
    writeFileSync(join(folder, "t10k-images.idx3-ubyte"), standIn.images);
    writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), standIn.labels);
    // some archives unpack into folders of the files' names
    mkdirSync(join(folder, "t10k-images-idx3-ubyte"));
    expect((await load()).files.map((file) => file.name)).toEqual(["t10k-images.idx3-ubyte", "t10k-labels-idx1-ubyte"]);
  });

  it("NONSMOOTH_DATA is searched after the folder that was named", async () => {
    expect(mnist.available({ split: "test" })).toBe(false);
    writeTestFiles(join(folder, "environment", "mnist"), standIn);
    vi.stubEnv("NONSMOOTH_DATA", join(folder, "environment"));
    expect(mnist.available({ split: "test" })).toBe(true);
    expect(mnist.available({ split: "test", directory: folder })).toBe(true);
    expect(dataPlaces(folder)).toEqual([folder, join(folder, "environment"), "/nowhere/data"]);
  });

  it("missing files are one error with the places and the remedy", async () => {
    await expect(load()).rejects.toThrow(
      "mnist: t10k-images-idx3-ubyte[.gz] and t10k-labels-idx1-ubyte[.gz] must be in one of the data folders or its " +
        `mnist/, got "${folder}, /nowhere/data"\nHint: \`npx nonsmooth data fetch mnist\` downloads it`,
    );
    const missing = join(folder, "missing");
    await expect(load(missing)).rejects.toThrow(`data directory: must be an existing folder, got "${missing}"`);
    const file = join(folder, "file");
    writeFileSync(file, "");
    vi.stubEnv("NONSMOOTH_DATA", file);
    expect(mnist.available({ split: "test" })).toBe(false);
  });
});

describe("what MNIST's reader refuses", () => {
  const imagesName = "t10k-images-idx3-ubyte.gz";
  const labelsName = "t10k-labels-idx1-ubyte.gz";

  it("a truncated file, trailing bytes and a wrong magic number are refused", async () => {
    expect(await errorFor({ images: standIn.images.subarray(0, 7_000_000) })).toBe(
      `${join(folder, imagesName)}: must hold 7840016 bytes (10000 × 28 × 28 and the header), got 7000000\nHint: it is truncated`,
    );
    const longer = Buffer.concat([standIn.labels, Buffer.alloc(3)]);
    expect(await errorFor({ labels: longer })).toContain(
      'must hold 10008 bytes (10000 and the header), got "more"\nHint: it has trailing bytes',
    );
    expect(await errorFor({ images: standIn.labels })).toContain("magic number must be 0x00000803");
  });

  it("a label out of range is refused", async () => {
    const labels = Buffer.from(standIn.labels);
    labels[8 + 123] = 17;
    expect(await errorFor({ labels })).toBe(
      `${join(folder, labelsName)}: labels must be 0 to 9, got 17\nHint: it is label number 123, from 0`,
    );
  });

  it("counts that disagree or are not official, and images of another size, are refused", async () => {
    expect(await errorFor({ labels: idx([9_999], new Uint8Array(9_999)) })).toBe(
      `${join(folder, labelsName)}: must hold a label for each of the 10000 images in ${imagesName}, got 9999`,
    );
    expect(await errorFor(testFiles(20))).toContain(
      `${imagesName}: must hold 10000 × 28 × 28 values, as the official file does, got "20 × 28 × 28"`,
    );
    expect(await errorFor(testFiles(20, 32))).toContain(`${imagesName}: images must be 28 × 28, got "32 × 32"`);
  });

  it("a damaged gzip file is refused", async () => {
    writeTestFiles(folder, standIn);
    const path = join(folder, imagesName);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
    await expect(load()).rejects.toThrow(`${path}: must be an intact gzip file, got "unexpected end of file"`);
  });
});

describe("MNIST that is not the official one", () => {
  it("MNIST that is not official can be used, and is described as such", async () => {
    writeTestFiles(folder, standIn);
    const log: string[] = [];
    const data = await mnist.load({ split: "test", directory: folder, log: (line) => log.push(line), count: 5 });
    expect(data.description).toBe("NOT MNIST, but other images in its format, test split, the first 5");
    expect(log).toHaveLength(2);
    expect(log[0]).toContain("NOT the official t10k-images-idx3-ubyte: its content has SHA-256");
    expect([data.count, data.images.length, data.labels.length]).toEqual([5, 5 * 784, 5]);
    await expect(mnist.load({ split: "test", directory: folder, count: 0 })).rejects.toThrow(
      "count: must be an integer from 1 to 10000, got 0",
    );
    await expect(mnist.load({ split: "extra", directory: folder })).rejects.toThrow(
      'split: must be train or test, got "extra"',
    );
    expect(mnist.available({ split: "extra", directory: folder })).toBe(false);
  });
});

describe("datasets in MNIST's format", () => {
  it("a folder of one is named where MNIST is missing", async () => {
    mkdirSync(join(folder, "FashionMNIST"));
    await expect(load()).rejects.toThrow(
      `\nHint: found ${join(folder, "FashionMNIST")}, which is another dataset in MNIST's format: to use it, copy its files`,
    );
  });

  it.skipIf(!hasReal)("labels that are not official are named beside official images", async () => {
    for (const name of ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]) {
      writeFileSync(join(folder, name), readFileSync(join(realMnist!, name)));
    }
    const labels = gunzipSync(readFileSync(join(folder, "t10k-labels-idx1-ubyte.gz")));
    labels[8 + 5] = (labels[8 + 5]! + 1) % 10;
    writeFileSync(join(folder, "t10k-labels-idx1-ubyte.gz"), gzipSync(labels));
    expect((await load()).description).toBe(
      "MNIST's images with labels that are NOT the official t10k-labels-idx1-ubyte.gz, test split",
    );
  });
});

describe("fetching MNIST", () => {
  it("a mirror is asked for the files, and bytes that are not official are refused", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      response.end("not MNIST");
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror`;
    await expect(mnist.fetch!({ directory: folder, from })).rejects.toThrow("must hold 9912422 bytes, got 9");
    expect(asked).toEqual(["/mirror/train-images-idx3-ubyte.gz"]);
    expect(readdirSync(join(folder, "mnist"))).toEqual([]);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  it("names of splits are refused, since the files come together", async () => {
    await expect(mnist.fetch!({ splits: ["train"] })).rejects.toThrow(
      'mnist, splits: must not be named: its files come together, got ["train"]',
    );
  });

  it("files of another dataset are copied with a word about it", async () => {
    const from = join(folder, "from");
    writeTestFiles(from, standIn);
    const train = idx([60_000], new Uint8Array(60_000));
    writeFileSync(join(from, "train-labels-idx1-ubyte"), train);
    writeFileSync(join(from, "train-images-idx3-ubyte"), idx([60_000, 28, 28], new Uint8Array(60_000 * 784)));
    const log: string[] = [];
    const fetched = () => mnist.fetch!({ directory: folder, from, log: (line) => log.push(line) });
    await fetched();
    expect(log).toHaveLength(4);
    await fetched();
    for (const line of log)
      expect(line).toMatch(/: (fetched from \S+|already there), NOT the official \S+: its content has/);
    expect(log.filter((line) => line.includes("already there"))).toHaveLength(4);
  });

  it("a copy under another name takes the place of a broken file", async () => {
    const from = join(folder, "from");
    writeTestFiles(folder, standIn);
    writeTestFiles(from, standIn);
    writeFileSync(join(folder, "train-labels-idx1-ubyte.gz"), "broken");
    writeFileSync(join(from, "train-labels-idx1-ubyte"), idx([60_000], new Uint8Array(60_000).fill(3)));
    writeFileSync(join(from, "train-images-idx3-ubyte"), idx([60_000, 28, 28], new Uint8Array(60_000 * 784)));
    await mnist.fetch!({ directory: folder, from });
    expect((await mnist.load({ split: "train", directory: folder })).labels[0]).toBe(3);
  });

  it("a folder without the files is refused", async () => {
    await expect(mnist.fetch!({ directory: folder, from: folder })).rejects.toThrow(
      `mnist: train-images-idx3-ubyte[.gz] must be in the folder to copy from, got "${folder}"`,
    );
  });
});

describe.skipIf(!hasReal)("the real MNIST (NONSMOOTH_DATA)", () => {
  // MD5 of the unpacked files, as published with the data
  const published = {
    train: ["6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624"],
    test: ["2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637"],
  };
  const names = { train: "train", test: "t10k" };

  it.each(["train", "test"] as const)("the %s split of MNIST is read byte for byte", async (split) => {
    const log: string[] = [];
    const data = await mnist.load({ split, directory: real!, log: (line) => log.push(line) });
    expect(data.count).toBe(split === "train" ? 60_000 : 10_000);
    expect(data.description).toBe(`MNIST (LeCun, Cortes, Burges), ${split} split`);
    const files = ["images-idx3", "labels-idx1"].map((rest) =>
      gunzipSync(readFileSync(join(realMnist!, `${names[split]}-${rest}-ubyte.gz`))),
    );
    const md5 = files.map((bytes) => createHash("md5").update(bytes).digest("hex"));
    expect(md5).toEqual(published[split]);
    expect(Buffer.from(data.images).equals(files[0]!.subarray(16))).toBe(true);
    expect(Buffer.from(data.labels).equals(files[1]!.subarray(8))).toBe(true);
    expect(log.length).toBeLessThanOrEqual(1);
    for (const line of log) expect(line).toBe(`mnist, ${split} split: the official content, compressed again`);
  });

  it("the labels of MNIST begin with 5 0 4 1 9, and its mean is the known one", async () => {
    const { images, labels } = await mnist.load({ split: "train", directory: real! });
    expect([...labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    // the 0.1307 everyone normalises with
    expect(images.reduce((sum, pixel) => sum + pixel, 0) / images.length / 255).toBeCloseTo(0.1307, 4);
  });

  it("MNIST is copied from a folder and verified, and later only a broken file is copied again", async () => {
    const log: string[] = [];
    const note = (line: string) => log.push(line);
    const progress: number[] = [];
    await mnist.fetch!({ directory: folder, from: real!, log: note, progress: (done) => progress.push(done) });
    expect(log.filter((line) => line.endsWith(`fetched from ${real}`))).toHaveLength(4);
    expect(progress.at(-1)).toBe(9_912_422 + 28_881 + 1_648_877 + 4_542);
    const lines = await mnist.verify!({ directory: folder });
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/mnist\/train-images-idx3-ubyte.gz: 60000 × 28 × 28, (official|the official content)/);

    // a broken file is replaced, the others stay
    writeFileSync(join(folder, "mnist", "t10k-labels-idx1-ubyte.gz"), "broken");
    log.length = 0;
    await mnist.fetch!({ directory: folder, from: real!, log: note });
    expect(log.filter((line) => line.endsWith("already there"))).toHaveLength(3);
    expect(log.filter((line) => line.endsWith("fetched again"))).toHaveLength(1);
    expect(await mnist.verify!({ directory: folder })).toEqual(lines);
  });
});
