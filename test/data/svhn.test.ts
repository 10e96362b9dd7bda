import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { svhn } from "../../src/data/svhn";
import { eachInOwnFolder } from "./files";
import { MatWriter } from "./mat-file";

// no project data folder: what lies there must not decide a test
vi.mock("../../src/util", async (original) => ({ ...(await original<object>()), workspace: "/nowhere" }));

const golden = join(__dirname, "golden");
const synthetic = join(process.env.NONSMOOTH_DATA ?? "", "svhn-synthetic");
const hasSynthetic = process.env.NONSMOOTH_DATA !== undefined && existsSync(join(synthetic, "train_32x32.mat"));
const VALUES = 32 * 32 * 3;

let folder: string;
let path: string;
eachInOwnFolder((own) => {
  folder = own;
  path = join(folder, "test_32x32.mat");
});

const load = (count?: number) => svhn.load({ split: "test", directory: folder, count });

function errorFor(...arrays: Uint8Array[]): Promise<string> {
  writeFileSync(path, new MatWriter().file(...arrays));
  return load().then(
    () => "none",
    (error: Error) => error.message,
  );
}

describe("SVHN's reader", () => {
  it.each(["plain.mat", "deflated.mat"])(
    "the images in %s come in the library's order, and the label 10 becomes 0",
    async (name) => {
      copyFileSync(join(golden, name), path);
      expect(svhn.count!({ split: "test", directory: folder })).toBe(3);
      const data = await load();
      expect([data.shape, data.classes]).toEqual([svhn.shape, svhn.classes]);
      expect(data).toMatchObject({ name: "svhn", split: "test", count: 3, shape: [32, 32, 3], classes: 10 });
      expect([...data.labels]).toEqual([0, 1, 9]);
      const expected = Uint8Array.from({ length: 3 * VALUES }, (_, i) => {
        const [c, w, h, n] = [i % 3, (i / 3) & 31, (i / 96) & 31, Math.floor(i / VALUES)];
        return (7 * h + 13 * w + 61 * c + 101 * n) % 256;
      });
      expect(Buffer.from(data.images).equals(expected)).toBe(true);
    },
  );

  it("the first images, labels in a row and one image without its last dimension are read", async () => {
    copyFileSync(join(golden, "plain.mat"), path);
    const [all, two] = [await load(), await load(2)];
    expect(two.images).toEqual(all.images.subarray(0, 2 * VALUES));
    expect(two.description).toContain(", the first 2; NOT the official");
    await expect(load(0)).rejects.toThrow("count: must be an integer from 1 to 26032, got 0");
    await expect(load(4)).rejects.toThrow("count: must be an integer from 1 to 3, got 4");
    const writer = new MatWriter({ little: false });
    const images = Uint8Array.from({ length: 2 * VALUES }, (_, i) => i % 251);
    const row = writer.bytes("y", [1, 2], Uint8Array.of(2, 10));
    writeFileSync(path, writer.file(row, writer.bytes("X", [32, 32, 3, 2], images)));
    expect([...(await load()).labels]).toEqual([2, 0]);
    const one = writer.bytes("X", [32, 32, 3], images.subarray(VALUES));
    writeFileSync(path, writer.file(one, writer.doubles("y", [1, 1], [10])));
    const data = await load();
    expect(svhn.count!({ split: "test", directory: folder })).toBe(1);
    expect([...data.labels]).toEqual([0]);
    expect(data.images[1]).toBe(images[VALUES + 1024]);
  });

  it("the arrays may be of other classes of numbers", async () => {
    const writer = new MatWriter();
    const images = Array.from({ length: VALUES }, (_, i) => i % 251);
    const labels = writer.bytes("y", [1, 1], Uint8Array.of(4), "uint16");
    for (const kind of ["double", "single", "uint16"] as const) {
      writeFileSync(path, writer.file(writer.bytes("X", [32, 32, 3], Uint8Array.from(images), kind), labels));
      const data = await load();
      expect([data.images[1], data.images[3], [...data.labels]]).toEqual([images[1024], images[32], [4]]);
    }
    writeFileSync(path, writer.file(writer.doubles("X", [32, 32, 3], images), labels));
    expect((await load()).images[1]).toBe(images[1024]);
  });

  it("a file is found in the folder itself or in svhn/, and a missing one is named", async () => {
    expect(svhn.available({ split: "train", directory: folder })).toBe(false);
    await expect(svhn.load({ split: "extra", directory: folder })).rejects.toThrow(
      `svhn: extra_32x32.mat must be in one of the data folders or its svhn/, got "${folder}, /nowhere/data"\n` +
        "Hint: `npx nonsmooth data fetch svhn` downloads",
    );
    mkdirSync(join(folder, "svhn"));
    copyFileSync(join(golden, "plain.mat"), join(folder, "svhn", "extra_32x32.mat"));
    expect(svhn.available({ split: "extra", directory: folder })).toBe(true);
    expect((await svhn.load({ split: "extra", directory: folder })).count).toBe(3);
    expect(svhn.count!({ split: "extra", directory: folder })).toBe(3);
    expect(() => svhn.count!({ split: "train", directory: folder })).toThrow("svhn: train_32x32.mat must be in one");
    expect(svhn.counts).toEqual({ train: 73_257, test: 26_032, extra: 531_131 });
    await expect(svhn.load({ split: "valid" as "test" })).rejects.toThrow(
      'split: must be train, test or extra, got "valid"',
    );
  });

  it("a file that is not official is described as such", async () => {
    copyFileSync(join(golden, "plain.mat"), path);
    const log: string[] = [];
    const data = await svhn.load({ split: "test", directory: folder, log: (line) => log.push(line) });
    expect(data.description).toBe(
      "SVHN, cropped digits (Netzer et al. 2011), test split; NOT the official test_32x32.mat",
    );
    expect(log).toEqual(["svhn, test split: NOT the official test_32x32.mat"]);
    expect(await svhn.verify!({ directory: folder })).toEqual([`${path}: 3 images, NOT the official test_32x32.mat`]);
  });
});

describe("what SVHN's reader refuses", () => {
  const writer = new MatWriter();
  const x = writer.bytes("X", [32, 32, 3, 2], new Uint8Array(2 * VALUES));
  const y = writer.bytes("y", [2, 1], Uint8Array.of(1, 2));

  it("a file without X or y is refused", async () => {
    expect(await errorFor(x)).toBe(`${path}: must hold the arrays X and y, got "no y"`);
    expect(await errorFor(y)).toBe(`${path}: must hold the arrays X and y, got "no X"`);
    expect(await errorFor()).toBe(`${path}: must hold the arrays X and y, got "no X and no y"`);
  });

  it("arrays of another shape or class are refused", async () => {
    const other = (dimensions: number[]) =>
      errorFor(writer.bytes("X", dimensions, new Uint8Array(dimensions.reduce((a, b) => a * b))), y);
    expect(await other([2, 32, 32, 3])).toBe(`${path}: X must be 32 × 32 × 3 × n, got "2 × 32 × 32 × 3"`);
    expect(await other([32, 32])).toContain("X must be 32 × 32 × 3 × n");
    const text = writer.bytes("X", [32, 32, 3, 2], new Uint8Array(2 * VALUES), "char");
    expect(await errorFor(text, y)).toBe(`${path}: X must be of a class of numbers, as uint8, got "char"`);
    expect(await errorFor(x, writer.bytes("y", [2, 1], Uint8Array.of(1, 2), "cell"))).toBe(
      `${path}: y must be of a class of numbers, as uint8, got "cell"`,
    );
    const half = writer.doubles("X", [32, 32, 3, 1], new Array(VALUES).fill(0.5));
    expect(await errorFor(half, y)).toBe(`${path}: X must hold integers from 0 to 255, got 0.5`);
    expect(await errorFor(x, writer.bytes("y", [2, 2], Uint8Array.of(1, 2, 3, 4)))).toBe(
      `${path}: y must be n × 1 or 1 × n, got "2 × 2"`,
    );
  });

  it("an array that a header makes huge, and bytes after a deflated one, are refused at once", async () => {
    const huge = writer.bytes("X", [32, 32, 3, 531_132], new Uint8Array(8));
    expect(await errorFor(huge, y)).toBe(`${path}: X must hold at most 531131 images, got 531132`);
    const trailing = new MatWriter({ deflated: true, trailing: 10_000_000 });
    const begin = performance.now();
    expect(await errorFor(trailing.bytes("X", [32, 32, 3, 2], new Uint8Array(2 * VALUES)), y)).toBe(
      `${path}: a compressed array must end with its values, got "more bytes"\nHint: it is damaged`,
    );
    expect(performance.now() - begin).toBeLessThan(1000);
  });

  it("labels out of range and too few labels are refused", async () => {
    for (const label of [0, 11, 1.5]) {
      expect(await errorFor(x, writer.doubles("y", [2, 1], [10, label]))).toBe(
        `${path}: labels must be 1 to 10, got ${label}\nHint: it is label number 1, from 0`,
      );
    }
    expect(await errorFor(x, writer.bytes("y", [1, 1], Uint8Array.of(1)))).toBe(
      `${path}: must hold a label for each of its 2 images, got 1`,
    );
  });

  it("a truncated file is refused", async () => {
    const bytes = writer.file(x, y);
    writeFileSync(path, bytes.subarray(0, 4000));
    await expect(load()).rejects.toThrow(`${path}: must be a whole MAT-file, got "one cut after 4000 bytes"`);
  });
});

describe("fetching SVHN", () => {
  it("fetching begins with train, or with the split that is named", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      response.end("not SVHN");
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(svhn.fetch!({ directory: folder, from })).rejects.toThrow("must hold 182040794 bytes, got 8");
    await expect(svhn.fetch!({ directory: folder, from, splits: ["extra"] })).rejects.toThrow(
      "must hold 1329278602 bytes, got 8",
    );
    expect(asked).toEqual(["/train_32x32.mat", "/extra_32x32.mat"]);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  it("sound files are copied from a folder once, and a broken copy is replaced", async () => {
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    mkdirSync(join(from, "svhn"), { recursive: true });
    mkdirSync(to);
    copyFileSync(join(golden, "deflated.mat"), join(from, "svhn", "test_32x32.mat"));
    const log: string[] = [];
    const fetch = (splits: ("test" | "train")[]) =>
      svhn.fetch!({ directory: to, from, splits, log: (line) => log.push(line) });
    await fetch(["test"]);
    const copy = join(to, "svhn", "test_32x32.mat");
    expect(readFileSync(copy).equals(readFileSync(join(golden, "deflated.mat")))).toBe(true);
    await fetch(["test"]);
    writeFileSync(copy, "broken");
    await fetch(["test"]);
    expect(log).toEqual([
      `${copy}: fetched from ${from}, NOT the official test_32x32.mat`,
      `${copy}: already there, NOT the official test_32x32.mat`,
      `${copy}: must be a whole MAT-file, got "one cut after 6 bytes": fetched again`,
      `${copy}: fetched from ${from}, NOT the official test_32x32.mat`,
    ]);
    // what a killed fetch did not move any more is there for whoever looks for it
    const leaveUnmoved = () => {
      const whole = join(to, "svhn", ".whole-1.1.00000000-abcdef");
      mkdirSync(whole);
      renameSync(copy, join(whole, "test_32x32.mat"));
    };
    leaveUnmoved();
    expect(svhn.available({ split: "test", directory: to })).toBe(true);
    leaveUnmoved();
    log.length = 0;
    await fetch(["test"]);
    expect(log).toEqual([`${copy}: already there, NOT the official test_32x32.mat`]);
    await expect(fetch(["train"])).rejects.toThrow(
      `svhn: train_32x32.mat must be in the folder to copy from, got "${from}"`,
    );
  });
});

describe.skipIf(!hasSynthetic)("files in SVHN's exact format (NONSMOOTH_DATA)", () => {
  it.each(["train", "test"] as const)("the %s file in SVHN's exact format is read as it is", async (split) => {
    const data = await svhn.load({ split, directory: synthetic });
    expect(data.count).toBe(2_000);
    expect(svhn.count!({ split, directory: synthetic })).toBe(2_000);
    const bytes = readFileSync(join(synthetic, `${split}_32x32.mat`));
    const plain = inflateSync(bytes.subarray(136, 136 + bytes.readUInt32LE(132)));
    const x = plain.subarray(plain.length - 2_000 * VALUES);
    for (let i = 0; i < data.images.length; i += 9_973) {
      const [c, w, h, n] = [i % 3, Math.floor(i / 3) % 32, Math.floor(i / 96) % 32, Math.floor(i / VALUES)];
      expect(data.images[i]).toBe(x[h + 32 * (w + 32 * (c + 3 * n))]);
    }
    const second = 136 + bytes.readUInt32LE(132);
    const y = inflateSync(bytes.subarray(second + 8)).subarray(-2_000);
    expect([...data.labels]).toEqual([...y].map((label) => label % 10));
  });
});
