import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { cifar10 } from "../../src/data/cifar10";
import { md5Of } from "../../src/data/download";
import { eachInOwnFolder, tarGz } from "./files";

// no project data folder: what lies there must not decide a test
vi.mock("../../src/util", async (original) => ({ ...(await original<object>()), workspace: "/nowhere" }));
vi.mock("../../src/data/download", async (original) => {
  const download = await original<typeof import("../../src/data/download")>();
  return { ...download, md5Of: vi.fn(download.md5Of) };
});

const real = join(process.env.NONSMOOTH_DATA ?? "", "cifar-10-batches-bin");
const hasReal = process.env.NONSMOOTH_DATA !== undefined && existsSync(join(real, "test_batch.bin"));

const RECORD = 3073;
const DOUBT = "NOT verified to be the official bytes";
const NAMES = [1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`);

/** Record i has the label i mod 10; its value at row y, column x of channel c is (i + y + 2x + 80c + shift) mod 256. */
function batch(shift = 0): Buffer {
  const bytes = Buffer.alloc(10_000 * RECORD);
  for (let i = 0; i < 10_000; i++) bytes[i * RECORD] = i % 10;
  for (const i of [0, 1, 9_999]) {
    for (let j = 0; j < 3072; j++) {
      bytes[i * RECORD + 1 + j] = i + ((j >> 5) & 31) + 2 * (j & 31) + 80 * (j >> 10) + shift;
    }
  }
  return bytes;
}
const first = batch();
const second = batch(7);

let folder: string;
eachInOwnFolder((path) => {
  folder = path;
});

function write(subfolder: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  const place = join(folder, subfolder);
  mkdirSync(place, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(place, name), bytes);
  return place;
}

/** All files that an archive must hold. */
const batches = Object.fromEntries([...NAMES, "test_batch.bin"].map((name, i) => [name, i % 2 ? second : first]));

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("CIFAR-10's reader", () => {
  it("the planes of an image become the channels of its pixels", async () => {
    write("cifar-10-batches-bin", { "test_batch.bin": first });
    const data = await cifar10.load({ split: "test", directory: folder });
    const { images: _images, labels: _labels, ...facts } = data;
    expect(facts).toMatchObject({ name: "cifar10", split: "test", count: 10_000, shape: [32, 32, 3], classes: 10 });
    expect([...data.labels.subarray(8, 12)]).toEqual([8, 9, 0, 1]);
    for (const i of [0, 1, 9_999]) {
      for (let y = 0; y < 32; y++) {
        for (let x = 0; x < 32; x++) {
          const at = ((i * 32 + y) * 32 + x) * 3;
          const red = i + y + 2 * x;
          expect([...data.images.subarray(at, at + 3)]).toEqual([red & 255, (red + 80) & 255, (red + 160) & 255]);
        }
      }
    }
    expect(data.description).toBe(`CIFAR-10 (Krizhevsky 2009), test split; ${DOUBT}`);
    expect(data.files).toEqual([{ name: "test_batch.bin", bytes: 30_730_000, sha256: sha256(first) }]);
  });

  it("some of the training files, or their first images, are loaded and described as such", async () => {
    write("cifar10", { "data_batch_2.bin": second, "data_batch_4.bin": first });
    const log: string[] = [];
    expect(cifar10.count!({ split: "train", directory: folder })).toBe(20_000);
    const load = (count?: number) =>
      cifar10.load({ split: "train", directory: folder, count, log: (line) => log.push(line) });
    const data = await load();
    expect(data.count).toBe(20_000);
    expect([data.shape, data.classes]).toEqual([cifar10.shape, cifar10.classes]);
    expect(data.images.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(data.description).toBe(`CIFAR-10 (Krizhevsky 2009), train split, 2 of 5 training files; ${DOUBT}`);
    expect([data.images[0], data.images[10_000 * 3072]]).toEqual([7, 0]);
    expect(log).toEqual([`cifar10, train split: ${DOUBT}`]);
    const few = await load(10_002);
    expect(Buffer.from(few.images).equals(data.images.subarray(0, 10_002 * 3072))).toBe(true);
    expect(few.description).toContain("2 of 5 training files, the first 10002; NOT");
    expect((await load(5)).files).toHaveLength(1);
    await expect(load(20_001)).rejects.toThrow("count: must be an integer from 1 to 20000, got 20001");
  });

  it("missing files are reported with the folders that were searched", async () => {
    expect(cifar10.available({ split: "train", directory: folder })).toBe(false);
    await expect(cifar10.load({ split: "train", directory: folder })).rejects.toThrow(
      "cifar10: data_batch_1.bin must be in one of the data folders or its cifar-10-batches-bin/ or cifar10/, got " +
        `"${folder}, /nowhere/data"\nHint: \`npx nonsmooth data fetch cifar10\` downloads it (170 MB)`,
    );
    expect(() => cifar10.count!({ split: "train", directory: folder })).toThrow("cifar10: data_batch_1.bin must be in");
    await expect(cifar10.load({ split: "extra", directory: folder })).rejects.toThrow(
      'split: must be train or test, got "extra"',
    );
  });

  it("a truncated file and a label out of range are refused", async () => {
    const place = write("cifar10", { "test_batch.bin": first.subarray(0, 9_999 * RECORD) });
    const path = join(place, "test_batch.bin");
    const load = () => cifar10.load({ split: "test", directory: folder });
    await expect(load()).rejects.toThrow(
      `${path}: must hold 30730000 bytes (10,000 records of 1 + 3072), got 30726927\nHint: it is truncated`,
    );
    const wrong = Buffer.from(first);
    wrong[5 * RECORD] = 10;
    writeFileSync(path, wrong);
    await expect(load()).rejects.toThrow(`${path}: labels must be 0 to 9, got 10\nHint: it is label number 5, from 0`);
  });

  it("CIFAR-10's Python version and CIFAR-100 are refused by name", async () => {
    mkdirSync(join(folder, "cifar-10-batches-py"));
    const load = () => cifar10.load({ split: "train", directory: folder });
    await expect(load()).rejects.toThrow(
      `\nHint: found ${join(folder, "cifar-10-batches-py")}, which is CIFAR-10's Python version (pickled), which is not read: ` +
        "get the binary version, cifar-10-binary.tar.gz; `npx nonsmooth data fetch cifar10`",
    );
    const place = write("cifar10", { "data_batch_1.bin": Uint8Array.of(0x80, 2, 0x7d, 0x71) });
    await expect(load()).rejects.toThrow("got 4\nHint: this is CIFAR-10's Python version (pickled)");
    writeFileSync(join(place, "data_batch_1.bin"), Buffer.alloc(10 * 3074));
    await expect(load()).rejects.toThrow("got 30740\nHint: this has the size of CIFAR-100, which is not read");
  });

  it("the record of the official archive decides which of its files are official", async () => {
    const record = {
      archive: "…",
      md5: "c32a1d4ab5d03f1284b67883e8d87530",
      sha256: { "data_batch_1.bin": sha256(first) },
    };
    const place = write("cifar10", { "data_batch_1.bin": first, "official.json": JSON.stringify(record) });
    const load = () => cifar10.load({ split: "train", directory: folder, count: 1 });
    expect((await load()).description).toBe(
      "CIFAR-10 (Krizhevsky 2009), train split, 1 of 5 training files, the first 1; official as recorded in official.json",
    );
    writeFileSync(join(place, "data_batch_2.bin"), second);
    expect(await cifar10.verify!({ directory: folder })).toEqual([
      `${join(place, "data_batch_1.bin")}: 10000 images, official as recorded in official.json`,
      `${join(place, "data_batch_2.bin")}: 10000 images, ${DOUBT}`,
    ]);
    writeFileSync(join(place, "data_batch_1.bin"), second);
    expect((await load()).description).toContain(DOUBT);
    for (const content of ["{", JSON.stringify({ ...record, md5: "0" })]) {
      writeFileSync(join(place, "official.json"), content);
      await expect(load()).rejects.toThrow("official.json: must be a record of the official files");
    }
  });
});

describe("fetching CIFAR-10", () => {
  it("the official archive is asked for, and another one is refused", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      response.end("not CIFAR-10");
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/kriz/`;
    await expect(cifar10.fetch!({ directory: folder, from })).rejects.toThrow("must hold 170052171 bytes, got 12");
    expect(asked).toEqual(["/kriz/cifar-10-binary.tar.gz"]);
    expect(readdirSync(join(folder, "cifar-10-batches-bin"))).toEqual([]);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  it("the official archive is unpacked, and a record of its files is written", async () => {
    const contents = { ...batches, "batches.meta.txt": Buffer.from("airplane\n") };
    const names = Object.keys(contents);
    const entries = Object.entries(contents).map(([name, bytes]) => [`cifar-10-batches-bin/${name}`, bytes]);
    const from = write("from", {
      "cifar-10-binary.tar.gz": await tarGz({ ...Object.fromEntries(entries), "x/readme.html": Buffer.from("<") }),
    });
    vi.mocked(md5Of).mockResolvedValueOnce("c32a1d4ab5d03f1284b67883e8d87530");
    const log: string[] = [];
    await cifar10.fetch!({ directory: folder, from, log: (line) => log.push(line) });
    const place = join(folder, "cifar-10-batches-bin");
    expect(readdirSync(place).sort()).toEqual([...names, "official.json"].sort());
    const record = JSON.parse(readFileSync(join(place, "official.json"), "utf8"));
    expect(record.sha256).toEqual(
      Object.fromEntries(Object.entries(contents).map(([name, bytes]) => [name, sha256(bytes)])),
    );
    expect(log).toEqual([`${place}: unpacked from ${join(from, "cifar-10-binary.tar.gz")}`]);
  });

  it("an archive that is not complete, or whose files are not CIFAR-10's, is refused and changes nothing", async () => {
    const place = write("cifar-10-batches-bin", { "data_batch_1.bin": first });
    const from = write("from", { "cifar-10-binary.tar.gz": await tarGz({ "a/data_batch_1.bin": Buffer.from("x") }) });
    const archive = join(from, "cifar-10-binary.tar.gz");
    const fetched = () => cifar10.fetch!({ directory: folder, from: archive });
    await expect(fetched()).rejects.toThrow(
      `${archive}: must hold the files of CIFAR-10's binary version, got "no data_batch_2.bin, `,
    );
    const small = Object.fromEntries(Object.keys(batches).map((name) => [name, Buffer.alloc(100)]));
    writeFileSync(archive, await tarGz(small));
    await expect(fetched()).rejects.toThrow(
      `${archive}, data_batch_1.bin: must hold 30730000 bytes (10,000 records of 1 + 3072), got 100`,
    );
    writeFileSync(archive, await tarGz({ "data_batch_1.bin": Buffer.alloc(first.length + 1) }));
    await expect(fetched()).rejects.toThrow(
      `${archive}, data_batch_1.bin: must hold at most 30730000 bytes, got 30730001`,
    );
    expect(readdirSync(place)).toEqual(["data_batch_1.bin"]);
    expect(readFileSync(join(place, "data_batch_1.bin")).equals(first)).toBe(true);
  });

  it("the files of a folder are copied with their record, and a folder without any is refused", async () => {
    const from = write("from/cifar10", { "data_batch_1.bin": first, "official.json": "{}" });
    const to = join(folder, "to");
    await expect(cifar10.fetch!({ directory: to, from: join(folder, "from") })).rejects.toThrow("must be a record");
    const record = {
      archive: "…",
      md5: "c32a1d4ab5d03f1284b67883e8d87530",
      sha256: { "data_batch_1.bin": sha256(first) },
    };
    writeFileSync(join(from, "official.json"), JSON.stringify(record));
    const log: string[] = [];
    await cifar10.fetch!({ directory: to, from: join(folder, "from"), log: (line) => log.push(line) });
    expect(log.at(-1)).toBe(
      `cifar10 in ${join(to, "cifar-10-batches-bin")}: still without data_batch_2.bin, data_batch_3.bin, ` +
        "data_batch_4.bin, data_batch_5.bin, test_batch.bin",
    );
    expect(readdirSync(join(to, "cifar-10-batches-bin"))).toEqual(["data_batch_1.bin", "official.json"]);
    expect(await cifar10.verify!({ directory: to })).toEqual([
      `${join(to, "cifar-10-batches-bin", "data_batch_1.bin")}: 10000 images, official as recorded in official.json`,
    ]);
    await expect(cifar10.fetch!({ directory: to, from: join(folder, "none") })).rejects.toThrow(
      "cifar10: data_batch_*.bin or cifar-10-binary.tar.gz must be in the folder to copy from",
    );
  });
});

describe.skipIf(!hasReal)("a copy of CIFAR-10 (NONSMOOTH_DATA)", () => {
  it.each(["train", "test"] as const)("the %s split of CIFAR-10 is read as its files have it", async (split) => {
    const data = await cifar10.load({ split, directory: join(real, "..") });
    const bytes = readFileSync(join(real, split === "train" ? "data_batch_1.bin" : "test_batch.bin"));
    for (let at = 0; at < 10_000 * 3072; at += 9_973) {
      const [i, c, y, x] = [Math.floor(at / 3072), Math.floor(at / 1024) % 3, Math.floor(at / 32) % 32, at % 32];
      expect(data.images[((i * 32 + y) * 32 + x) * 3 + c]).toBe(bytes[i * RECORD + 1 + (at % 3072)]);
    }
    expect([...data.labels.subarray(0, 100)]).toEqual(Array.from({ length: 100 }, (_, i) => bytes[i * RECORD]));
    expect(data.description).toMatch(/^CIFAR-10 .*, (train split, 1 of 5 training files|test split); NOT verified/);
  });
});
