import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { formats } from "../../src/formats";
import { type Tensor, tensor, wrap } from "../../src/ir";
import {
  decodeSafetensors,
  encodeSafetensors,
  readMetadata,
  readSafetensors,
  writeSafetensors,
} from "../../src/train/safetensors";
import { NonsmoothError } from "../../src/util";

const folder = mkdtempSync(join(tmpdir(), "nonsmooth-train-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const golden = readFileSync(join(__dirname, "golden", "golden.safetensors"));
const [INF, MAX] = [Number.POSITIVE_INFINITY, 3.4028234663852886e38];
/** What golden/safetensors.py has written, in another order. */
const tensors: Record<string, Tensor> = {
  'mask "é"': tensor("bool", [1, 0, 0, 1, 1]),
  half: tensor("f16", [0, -0, 1, -2.5, 65504, 2 ** -14, 2 ** -24, -1023 * 2 ** -24, -INF]),
  scalar: tensor("f64", 1 / 3),
  labels: tensor("i32", [-(2 ** 31), 0, 2 ** 31 - 1]),
  "fc1.weight": tensor("f32", [1.5, -0, 2 ** -149, INF, Number.NaN, MAX], [2, 3]),
  empty: tensor("f32", [], [0, 3]),
  "a.f64": tensor("f64", [0.1, -0, 5e-324, -INF], [2, 2]),
};
const metadata = { note: "two\nlines", epoch: "3" };

const bits = (t: Tensor) => ({
  ...t,
  data: [...new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength)],
});
const allBits = (all: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(all).map(([name, t]) => [name, bits(t)]));

describe("a safetensors file", () => {
  it("a file has the bytes of the one written from the format's description", () => {
    expect([...encodeSafetensors(tensors, metadata)]).toEqual([...golden]);
  });

  it("what the other program wrote is read bit for bit", () => {
    const read = decodeSafetensors(golden, "golden");
    expect(allBits(read.tensors)).toEqual(allBits(tensors));
    expect(read.metadata).toEqual(metadata);
  });

  it("the same content has the same bytes, in whatever order it comes", () => {
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    expect(encodeSafetensors(reversed, { epoch: "3", note: "two\nlines" })).toEqual(
      encodeSafetensors(tensors, metadata),
    );
  });

  it("every half is stored in two bytes, without loss", () => {
    const all = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
    const file = handmade({ h: entry("F16", [2 ** 16], [0, 2 ** 17]) }, new Uint8Array(all.buffer));
    const { h } = decodeSafetensors(file, "halves").tensors;
    for (const [i, x] of h!.data.entries()) expect(x).toBe(formats.f16.round(halfNumber(i)));
    // of a NaN, the first bit of the payload says that it is quiet: reading as a number may set it
    const again = encodeSafetensors({ h: h! });
    const stored = new Uint16Array(again.slice(-(2 ** 17)).buffer);
    expect(stored.filter((half, i) => half !== i && half !== (i | 0x200))).toEqual(new Uint16Array());
  });

  it("any tensors are read back as they were written", () => {
    const format = fc.constantFrom("f64", "f32", "f16", "i32", "bool");
    const any = format.chain((name) => {
      const number =
        name === "i32" ? fc.integer() : name === "bool" ? fc.nat({ max: 1 }) : fc.double({ min: -1e5, max: 1e5 });
      return fc.array(number, { maxLength: 7 }).map((values) => tensor(name as "f64", values));
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), any), fc.dictionary(fc.string(), fc.string()), (all, texts) => {
        fc.pre(!("__metadata__" in all));
        const bytes = encodeSafetensors(all, texts);
        // at an odd place in memory
        const moved = new Uint8Array(bytes.length + 3);
        moved.set(bytes, 3);
        const read = decodeSafetensors(moved.subarray(3), "file");
        expect(allBits(read.tensors)).toEqual(allBits(all));
        expect({ ...read.metadata }).toEqual({ ...texts });
      }),
      { numRuns: 100 },
    );
  });

  it("the data and every tensor begin at a multiple of the type's width", () => {
    for (let n = 1; n <= 8; n++) {
      const file = encodeSafetensors({
        ["n".repeat(n)]: tensor("bool", [1]),
        x: tensor("f64", 1),
        h: tensor("f16", 1),
      });
      expect((8 + file[0]! + 256 * file[1]!) % 8).toBe(0);
      expect(new Float64Array(file.slice(-11, -3).buffer)[0]).toBe(1);
    }
  });
});

describe("files", () => {
  it("a file is written in one step, and read again", () => {
    const path = join(folder, "a.safetensors");
    writeSafetensors(path, { w: tensor("f32", [1, 2]) });
    writeSafetensors(path, tensors, metadata);
    expect([...readFileSync(path)]).toEqual([...golden]);
    expect(allBits(readSafetensors(path).tensors)).toEqual(allBits(tensors));
    expect(readdirSync(folder)).toEqual(["a.safetensors"]);
  });

  it("a file or folder that is not there is named in the error", () => {
    const path = join(folder, "missing.safetensors");
    expect(() => readSafetensors(path)).toThrow(`${path}: must be a readable file, got "ENOENT"`);
    const nowhere = join(folder, "missing", "x.safetensors");
    expect(() => writeSafetensors(nowhere, {})).toThrow(`${nowhere}: must be a file that can be written, got "ENOENT`);
  });

  it("a broken file is named in the error", () => {
    const path = join(folder, "a.safetensors");
    writeFileSync(path, golden.subarray(0, golden.length - 1));
    expect(() => readSafetensors(path)).toThrow(`${path}: must hold `);
  });
});

const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

/** A file from the text of a header, or from an object. */
function handmade(header: unknown, data = new Uint8Array()): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** The number of a half's bits, by the formula of the format. */
function halfNumber(half: number): number {
  const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * INF;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

describe("what reading refuses", () => {
  const x = (...offsets: number[]) => entry("F32", [1], offsets);
  const eight = new Uint8Array(8);
  const cutOff = "\nHint: the file is cut off: copy or download it again";

  it.each<[string, Uint8Array, string]>([
    ["no bytes", new Uint8Array(), `f: must begin with 8 bytes of length, got 0${cutOff}`],
    [
      "a header that is too long",
      Uint8Array.from([1, 0xe1, 0xf5, 5, 0, 0, 0, 0]),
      "f: header must have at most 100000000 bytes, got 100000001\nHint: it is not a safetensors file",
    ],
    ["a header cut off", handmade({}).subarray(0, 9), `f: must hold its header of 2 bytes, got 1${cutOff}`],
    ["data cut off", handmade({ x: x(0, 4) }, new Uint8Array(3)), `f: must hold 4 bytes of data, got 3${cutOff}`],
    ["data too long", handmade({ x: x(0, 4) }, eight), "f: must hold 4 bytes of data, got 8"],
    ["no header", handmade(""), 'f: header must begin with {, got ""'],
    ["a list as header", handmade("[]"), 'f: header must begin with {, got "["'],
    ["a header that is not JSON", handmade("{x}"), "f: header must be JSON in UTF-8, got "],
    [
      "a header that is not UTF-8",
      Uint8Array.from([3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d]),
      "f: header must be JSON in UTF-8",
    ],
    [
      "a name twice",
      handmade(`{"x":${JSON.stringify(x(0, 4))}, "\\u0078" :${JSON.stringify(x(4, 8))}}`, eight),
      'f: names in the header must differ, got "x"',
    ],
    ["a key twice", handmade('{"x":{"dtype":"F32","dtype":"F64"}}'), 'names in the header must differ, got "dtype"'],
    [
      "an entry that is no object",
      handmade({ x: 1 }),
      "f, tensor x: must be an object of dtype, shape and data_offsets, got 1",
    ],
    [
      "numbers of no known type",
      handmade({ x: entry("I63", [1], [0, 8]) }, eight),
      "f, tensor x: dtype must be one of F64, F32, I32, BF16, F16, F8_E5M2, F8_E4M3, BOOL, U64, I64,",
    ],
    ["a type that is no text", handmade({ x: entry({ toString: 1 }, [1], [0, 8]) }, eight), "dtype must be one of"],
    ["a type that every object has", handmade({ x: entry("toString", [1], [0, 8]) }, eight), "dtype must be one of"],
    [
      "numbers of 4 bits that end within a byte",
      handmade({ x: entry("F4", [3], [0, 1]) }),
      "must have 1.5 bytes, got 1",
    ],
    [
      "a length of 2^60",
      Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 16]),
      "must have at most 100000000 bytes, got 11529215046",
    ],
    [
      "offsets beyond the data",
      handmade({ x: x(2 ** 52, 2 ** 52 + 4) }, eight),
      "at 0, without a gap, got 4503599627370496",
    ],
    ["no shape", handmade({ x: entry("F32", undefined, [0, 4]) }), "shape must be a list of lengths, got undefined"],
    ["a negative length", handmade({ x: entry("F32", [-1], [0, 4]) }), "shape must be a list of lengths, got [-1]"],
    ["offsets backwards", handmade({ x: x(4, 0) }), "data_offsets must be two positions, begin and end, got [4,0]"],
    ["one offset", handmade({ x: x(4) }), "data_offsets must be two positions, begin and end, got [4]"],
    ["a wrong size", handmade({ x: entry("F32", [3], [0, 8]) }, eight), "F32 of shape [3] must have 12 bytes, got 8"],
    [
      "an enormous shape",
      handmade({ x: entry("F32", [2 ** 40, 2 ** 40], [0, 8]) }, eight),
      "must have 4.835703278458517e+24 bytes, got 8",
    ],
    [
      "a gap",
      handmade({ x: x(0, 4), y: x(5, 9) }, new Uint8Array(9)),
      "f, tensor y: must begin where the one before ends, at 4, without a gap, got 5",
    ],
    [
      "an overlap",
      handmade({ x: x(0, 4), y: x(2, 6) }, new Uint8Array(6)),
      "f, tensor y: must begin where the one before ends, at 4, without overlap, got 2",
    ],
    ["the same data twice", handmade({ x: x(0, 4), y: x(0, 4) }, new Uint8Array(4)), "without overlap, got 0"],
    [
      "a truth of 2",
      handmade({ x: entry("BOOL", [1], [0, 1]) }, Uint8Array.of(2)),
      "truth values must be 0 or 1, got 2",
    ],
    ["metadata of numbers", handmade({ __metadata__: { epoch: 3 } }), "f, metadata epoch: must be a text, got 3"],
    ["metadata that is a list", handmade({ __metadata__: [] }), "f, metadata: must be an object of texts, got []"],
  ])("a file with %s is refused", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, "f")).toThrow(NonsmoothError);
    expect(() => decodeSafetensors(bytes, "f")).toThrow(message);
  });

  it("any bytes in the header's place are refused in one line, or read", () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"x"',
      '"dtype"',
      '"F32"',
      '"shape"',
      '"data_offsets"',
      "[0,4]",
      "null",
      "1e999",
    ];
    const header = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => `{${parts.join("")}`);
    fc.assert(
      fc.property(fc.oneof(header, fc.string()), fc.uint8Array({ maxLength: 8 }), (text, data) => {
        try {
          decodeSafetensors(handmade(text, data), "f");
        } catch (error) {
          expect(error).toBeInstanceOf(NonsmoothError);
          expect((error as Error).message.split("\n").filter((line) => !line.startsWith("Hint: "))).toHaveLength(1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("a file that is cut off anywhere is refused", () => {
    for (let n = 0; n < golden.length; n++) {
      expect(() => decodeSafetensors(golden.subarray(0, n), "f"), `${n} bytes`).toThrow(NonsmoothError);
    }
  });
});

describe("what other programs write", () => {
  it("tensors of other types are left out by name", () => {
    const header = {
      "bn.num_batches_tracked": entry("I64", [], [0, 8]),
      "bn.weight": entry("F32", [2], [8, 16]),
      codes: entry("F4", [2, 2], [16, 18]),
    };
    const read = decodeSafetensors(handmade(header, new Uint8Array(18)), "f");
    expect(read.skipped).toEqual({ "bn.num_batches_tracked": "I64 []", codes: "F4 [2,2]" });
    expect(Object.keys(read.tensors)).toEqual(["bn.weight"]);
  });

  it("metadata that are null are none", () => {
    const file = handmade(
      '{"__metadata__": null, "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}',
      new Uint8Array(4),
    );
    expect(decodeSafetensors(file, "f").metadata).toEqual({});
  });

  it("a text of megabytes is read", () => {
    const long = "x".repeat(2 ** 24);
    expect(decodeSafetensors(encodeSafetensors({}, { long }), "f").metadata.long).toBe(long);
  });
});

describe("a file with a hash", () => {
  const hashed = encodeSafetensors(tensors, metadata, { hashed: true });

  it("the hash is checked, and not among the metadata that are read", () => {
    const read = decodeSafetensors(hashed, "f");
    expect(allBits(read.tensors)).toEqual(allBits(tensors));
    expect(read.metadata).toEqual(metadata);
    expect(
      decodeSafetensors(encodeSafetensors({ 7: tensor("f32", 1), a: tensor("f64", 2) }, {}, { hashed: true }), "f"),
    ).toMatchObject({ metadata: {}, skipped: {} });
    const path = join(folder, "hashed");
    writeSafetensors(path, tensors, metadata, { hashed: true });
    expect(readMetadata(path)).toEqual(metadata);
  });

  it("no bit can be flipped without an error, or at least without the same content", () => {
    const expected = allBits(tensors);
    let refused = 0;
    for (let bit = 0; bit < 8 * hashed.length; bit++) {
      const flipped = Uint8Array.from(hashed);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        const read = decodeSafetensors(flipped, "f");
        expect(allBits(read.tensors)).toEqual(expected);
        expect(read.metadata).toMatchObject(metadata);
      } catch (error) {
        expect(error).toBeInstanceOf(NonsmoothError);
        refused++;
      }
    }
    // what may be flipped: the name of the hash itself
    expect(8 * hashed.length - refused).toBeLessThanOrEqual(8 * "nonsmooth.sha256".length);
  });

  it("changed data are one line", () => {
    const changed = Uint8Array.from(hashed);
    changed[changed.length - 1]! ^= 1;
    expect(() => decodeSafetensors(changed, "f")).toThrow(
      /^f: content must have the SHA-256 [0-9a-f]{64}, got "[0-9a-f]{64}"\nHint: the file was changed or damaged/,
    );
  });
});

describe("what writing refuses", () => {
  it.each<[string, Record<string, Tensor>, Record<string, string>, string]>([
    [
      "the name of the metadata",
      { __metadata__: tensor("f32", 1) },
      {},
      'safetensors: __metadata__ must not be the name of a tensor, got "__metadata__"',
    ],
    [
      "numbers that are not of f16",
      { w: wrap("f16", Float32Array.of(1, 0.1), [2]) },
      {},
      "tensor w: numbers must be of f16, got 0.10000000149011612",
    ],
    ["overflow", { w: wrap("f16", Float32Array.of(65536), [1]) }, {}, "tensor w: numbers must be of f16, got 65536"],
    ["underflow", { w: wrap("f16", Float32Array.of(2 ** -25), [1]) }, {}, "tensor w: numbers must be of f16, got 2.98"],
    [
      "data that does not fill the shape",
      { w: { format: "f32", shape: [3], data: Float32Array.of(1) } },
      {},
      'tensor w: data must be 3 numbers of f32, got "Float32Array of 1"',
    ],
    [
      "data of another type",
      { w: { format: "f64", shape: [1], data: Float32Array.of(1) } },
      {},
      'tensor w: data must be 1 numbers of f64, got "Float32Array of 1"',
    ],
    ["metadata of numbers", {}, { epoch: 3 as unknown as string }, "metadata epoch: must be a text, got 3"],
  ])("tensors with %s are not written", (_, all, texts, message) => {
    expect(() => encodeSafetensors(all, texts)).toThrow(message);
  });
});
