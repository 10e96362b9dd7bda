import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type MatArray, readMat } from "../../src/data";
import { emptyFolder, removeFolder } from "./files";
import { MatWriter } from "./mat-file";

const golden = join(__dirname, "golden");

let folder: string;
let path: string;
beforeEach(() => {
  folder = emptyFolder();
  path = join(folder, "file.mat");
});
afterEach(() => removeFolder(folder));

interface Read extends MatArray {
  readonly values: number[];
  /** The index of the first value of each piece. */
  readonly pieces: number[];
}

/** Reads the arrays of these names, or all of them. */
async function read(file: string, names?: string[], unit = 1): Promise<Map<string, Read>> {
  const arrays = new Map<string, Read>();
  await readMat(file, (array) => {
    if (names && !names.includes(array.name)) return undefined;
    const { values, pieces } = { values: [] as number[], pieces: [] as number[] };
    arrays.set(array.name, { ...array, values, pieces });
    return {
      unit,
      receive: (part, first) => {
        values.push(...part);
        pieces.push(first);
      },
    };
  });
  return arrays;
}

function errorFor(bytes: Uint8Array, names?: string[]): Promise<string> {
  writeFileSync(path, bytes);
  return read(path, names).then(
    () => "none",
    (error: Error) => error.message,
  );
}

describe("MAT-files that SciPy wrote", () => {
  const { values } = JSON.parse(readFileSync(join(golden, "mat.json"), "utf8")) as { values: Record<string, string[]> };
  const number = (text: string) => (text === "inf" ? Infinity : Number(text));

  it("numbers of every type are read as SciPy wrote them", async () => {
    const arrays = await read(join(golden, "numbers.mat"), Object.keys(values));
    expect([...arrays.keys()]).toEqual(Object.keys(values));
    for (const [name, array] of arrays) {
      expect(array.class).toBe(name);
      expect(array.values).toEqual(values[name]!.map(number));
    }
    expect(arrays.get("double")!.dimensions).toEqual([2, 2]);
  });

  it.each([
    ["plain.mat", "double"],
    ["deflated.mat", "uint8"],
  ])("images and labels in %s are read from among other arrays", async (name, kind) => {
    const arrays = await read(join(golden, name), ["X", "y"], 1);
    expect(arrays.get("y")).toMatchObject({ class: kind, dimensions: [3, 1], values: [10, 1, 9] });
    const x = arrays.get("X")!;
    expect(x).toMatchObject({ class: "uint8", dimensions: [32, 32, 3, 3] });
    const expected: number[] = [];
    for (let n = 0; n < 3; n++) {
      for (let c = 0; c < 3; c++) {
        for (let w = 0; w < 32; w++) {
          for (let h = 0; h < 32; h++) expected.push((7 * h + 13 * w + 61 * c + 101 * n) % 256);
        }
      }
    }
    expect(x.values).toEqual(expected);
  });

  it("arrays that are passed over are named, and arrays that cannot be read are refused", async () => {
    const seen: string[] = [];
    await readMat(join(golden, "plain.mat"), (array) => {
      seen.push(`${array.name}: ${array.class} ${array.dimensions.join("×")}`);
      return undefined;
    });
    expect(seen).toEqual([
      "note: char 1×4",
      "cells: cell 1×2",
      "fields: struct 1×1",
      "none: double 0×2",
      "X: uint8 32×32×3×3",
      "y: double 3×1",
    ]);
    const rule = "must be a real array of numbers up to 32 bits, or double";
    const plain = join(golden, "plain.mat");
    await expect(read(plain, ["cells"])).rejects.toThrow(`${plain}: cells ${rule}, got "cell"`);
    await expect(read(plain, ["note"])).rejects.toThrow(`${plain}: note ${rule}, got "char"`);
    await expect(read(join(golden, "numbers.mat"), ["complex"])).rejects.toThrow(
      `complex ${rule}, got "complex double"`,
    );
  });

  it("the size and the hashes of the file are returned", async () => {
    const { content, md5 } = await readMat(join(golden, "plain.mat"), () => undefined);
    const bytes = readFileSync(join(golden, "plain.mat"));
    const hash = (name: string) => createHash(name).update(bytes).digest("hex");
    expect(content).toEqual({ name: "plain.mat", bytes: bytes.length, sha256: hash("sha256") });
    expect(md5).toBe(hash("md5"));
  });
});

describe("MAT-files of either byte order", () => {
  const values = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) & 255);

  it.each([
    { little: true, deflated: false },
    { little: true, deflated: true },
    { little: false, deflated: false },
    { little: false, deflated: true },
  ])("arrays in a file with %o are read as they were written", async (layout) => {
    const writer = new MatWriter(layout);
    const arrays = [
      writer.bytes("large", [30, 100], values),
      writer.bytes("s", [3, 1], Uint8Array.of(1, 2, 3)),
      writer.doubles("d", [1, 3], [0.5, -1e10, 3]),
      writer.bytes("narrow", [2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6), "double"),
      writer.bytes("nothing", [0, 0], new Uint8Array(0)),
    ];
    writeFileSync(path, writer.file(...arrays));
    const found = await read(path);
    expect(found.get("large")).toMatchObject({ dimensions: [30, 100], values: [...values] });
    expect(found.get("s")!.values).toEqual([1, 2, 3]);
    expect(found.get("d")!.values).toEqual([0.5, -1e10, 3]);
    expect(found.get("narrow")).toMatchObject({ class: "double", values: [1, 2, 3, 4, 5, 6] });
    expect(found.get("nothing")!.values).toEqual([]);
  });

  it("values come in whole units, wherever the chunks of the stream end", async () => {
    const large = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 2654435761) >>> 24);
    for (const deflated of [false, true]) {
      const writer = new MatWriter({ deflated });
      writeFileSync(path, writer.file(writer.bytes("large", [3000, 1000], large)));
      const got = new Uint8Array(large.length);
      await readMat(path, () => ({
        unit: 3000,
        receive: (part, first) => {
          expect(part.length % 3000).toBe(0);
          got.set(part, first);
        },
      }));
      expect(Buffer.from(got).equals(Buffer.from(large))).toBe(true);
    }
  });
});

describe("what the reader of MAT-files refuses", () => {
  const writer = new MatWriter();
  const file = writer.file(writer.bytes("x", [100, 1], new Uint8Array(100)));

  it("files of v7.3, other files and missing files are refused", async () => {
    const hdf5 = Buffer.alloc(600);
    hdf5.write("MATLAB 7.3 MAT-file, Platform: GLNXA64");
    const message = `${path}: must be a MAT-file of level 5 (v5 to v7), got "v7.3, which is HDF5"\nHint: save it again in MATLAB`;
    expect(await errorFor(hdf5)).toContain(message);
    const page = Buffer.alloc(300, "<html> ");
    expect(await errorFor(page)).toContain("Hint: this looks like a web page that was saved instead of the file");
    expect(await errorFor(Buffer.alloc(300))).toContain("must be a MAT-file of level 5, with the byte order IM or MI");
    const missing = join(folder, "missing.mat");
    await expect(read(missing)).rejects.toThrow(`${missing}: must be a readable file, got "ENOENT"`);
  });

  it("a truncated file is refused, deflated or not", async () => {
    for (const length of [0, 100, 131, 150, 250]) {
      expect(await errorFor(file.subarray(0, length))).toBe(
        `${path}: must be a whole MAT-file, got "one cut after ${length} bytes"\nHint: it is truncated`,
      );
    }
    const deflating = new MatWriter({ deflated: true });
    const deflated = deflating.file(deflating.bytes("x", [100, 1], new Uint8Array(100)));
    const length = deflated.length - 5;
    expect(await errorFor(deflated.subarray(0, length))).toContain(`got "one cut after ${length} bytes"`);
    // the deflated data are whole, but end before the array does
    const short = deflating.file(deflating.bytes("x", [100, 1], new Uint8Array(100), "uint8", 50));
    expect(await errorFor(short)).toContain(`must be a whole MAT-file, got "one cut after ${short.length} bytes"`);
  });

  it("damaged files are refused with the reason", async () => {
    const deflating = new MatWriter({ deflated: true });
    const deflated = deflating.file(
      deflating.bytes(
        "x",
        [5000, 1],
        Uint8Array.from({ length: 5000 }, (_, i) => i * i),
      ),
    );
    deflated.fill(0xff, 136, 140);
    expect(await errorFor(deflated)).toContain(
      `${path}: its compressed data must be intact, got "incorrect header check"`,
    );
    const element = Buffer.from(file);
    element[128] = 77;
    expect(await errorFor(element)).toContain("its elements must be arrays (types 14 and 15), got 77");
    expect(await errorFor(writer.file(writer.bytes("x", [10, 5], new Uint8Array(49))))).toBe(
      `${path}: x (10 × 5) must have 50 bytes of values, got 49`,
    );
  });

  it("an error that the visitor throws is passed on, from a deflated array too", async () => {
    const deflating = new MatWriter({ deflated: true });
    writeFileSync(path, deflating.file(deflating.bytes("x", [2, 1], Uint8Array.of(1, 2))));
    const reason = new Error("refused");
    const refuse = () => {
      throw reason;
    };
    await expect(readMat(path, refuse)).rejects.toBe(reason);
    await expect(readMat(path, () => ({ unit: 1, receive: refuse }))).rejects.toBe(reason);
  });
});
