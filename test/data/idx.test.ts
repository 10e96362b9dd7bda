import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseIdx, readIdx } from "../../src/data";
import { NonsmoothError } from "../../src/util";
import { emptyFolder, idx, removeFolder } from "./files";

let folder: string;
beforeAll(() => {
  folder = emptyFolder();
});
afterAll(() => removeFolder(folder));

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const arrays = fc
  .array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 })
  .chain((dimensions) =>
    fc.tuple(
      fc.constant(dimensions),
      fc.uint8Array({ minLength: product(dimensions), maxLength: product(dimensions) }),
    ),
  );
const product = (dimensions: readonly number[]) => dimensions.reduce((n, d) => n * d, 1);

describe("parseIdx", () => {
  it("parseIdx gives back the array that was written", () => {
    fc.assert(
      fc.property(arrays, ([dimensions, data]) => {
        const parsed = parseIdx(idx(dimensions, data), dimensions.length, "file");
        expect(parsed.dimensions).toEqual(dimensions);
        expect([...parsed.data]).toEqual([...data]);
      }),
    );
  });

  it("a truncated or extended file is refused, wherever it is cut", () => {
    fc.assert(
      fc.property(arrays, fc.nat(), ([dimensions, data], cut) => {
        const whole = idx(dimensions, data);
        const rank = dimensions.length;
        expect(() => parseIdx(whole.subarray(0, cut % whole.length), rank, "file")).toThrow(NonsmoothError);
        expect(() => parseIdx(Buffer.concat([whole, Buffer.from([1])]), rank, "file")).toThrow(
          "it has 1 trailing bytes",
        );
      }),
    );
  });

  it("bytes of noise are refused with the name of the file", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 3 }), (bytes, rank) => {
        expect(() => parseIdx(bytes, rank, "file")).toThrow(/^file: /);
      }),
    );
  });

  it("dimensions whose product overflows are refused", () => {
    const huge = idx([0xffffffff, 0xffffffff, 0xffffffff], new Uint8Array(8));
    expect(() => parseIdx(huge, 3, "file")).toThrow("file: must hold");
  });

  it("the error says whether a file is truncated, of another kind or a web page", () => {
    const images = idx([2, 2, 2], new Uint8Array(8));
    expect(() => parseIdx(images.subarray(0, 20), 3, "images")).toThrow(
      "images: must hold 24 bytes (2 × 2 × 2 and the header), got 20\nHint: it is truncated",
    );
    expect(() => parseIdx(images.subarray(0, 7), 3, "images")).toThrow(
      "images: must hold an IDX header of 16 bytes, got 7",
    );
    expect(() => parseIdx(images, 1, "labels")).toThrow(
      'labels: magic number must be 0x00000801 (bytes in 1-d), got "0x00000803"',
    );
    images[2] = 13;
    expect(() => parseIdx(images, 3, "images")).toThrow("Hint: this file holds 32-bit floats");
    expect(() => parseIdx(Buffer.from("<!DOCTYPE html><html></html>"), 3, "images")).toThrow("a web page");
  });
});

describe("readIdx", () => {
  const bytes = idx([3], Uint8Array.of(7, 8, 9));
  // printf '\x00\x00\x08\x01\x00\x00\x00\x03\x07\x08\x09' | sha256sum
  const sha256 = "e660eb3c65f6f20ad59af8d770abce5d8a3aa1cb11cb12eb3a1f5215b9fac6a9";

  it("plain and gzipped files are read alike, whatever their names", async () => {
    const plain = await readIdx(write("plain.gz", bytes), 1);
    const packed = await readIdx(write("packed", gzipSync(bytes)), 1);
    expect([...plain.data]).toEqual([7, 8, 9]);
    expect([...packed.data]).toEqual([7, 8, 9]);
    expect(plain.content).toEqual({ name: "plain.gz", bytes: 11, sha256 });
    expect(packed.content).toEqual({ name: "packed", bytes: 11, sha256 });
    expect(plain.packedMd5).toBeUndefined();
    expect(packed.packedMd5).toMatch(/^[0-9a-f]{32}$/);
  });

  it("a damaged gzip file is refused, and the error names it", async () => {
    const packed = gzipSync(bytes);
    const short = write("short.gz", packed.subarray(0, packed.length - 5));
    await expect(readIdx(short, 1)).rejects.toThrow(
      `${short}: must be an intact gzip file, got "unexpected end of file"`,
    );
    packed[packed.length - 8]! ^= 1; // the checksum
    await expect(readIdx(write("flipped.gz", packed), 1)).rejects.toThrow('got "incorrect data check"');
  });

  it("no more is inflated than the header says, and no more than is expected", async () => {
    const bomb = gzipSync(Buffer.concat([idx([3], Uint8Array.of(7, 8, 9)), Buffer.alloc(1 << 24)]));
    const path = write("bomb.gz", bomb);
    await expect(readIdx(path, 1)).rejects.toThrow(
      `${path}: must hold 11 bytes (3 and the header), got "more"\nHint: it has trailing bytes`,
    );
    const claims = write("claims.gz", gzipSync(idx([2 ** 31, 4, 4], new Uint8Array(8))));
    await expect(readIdx(claims, 3)).rejects.toThrow(
      `${claims}: must hold at most 1073741824 bytes, got 34359738384\nHint: its header says 2147483648 × 4 × 4`,
    );
    await expect(readIdx(write("plain", idx([100], new Uint8Array(100))), 1, 50)).rejects.toThrow(
      "plain: must hold at most 50 bytes, got 108",
    );
  });

  it("a missing file is refused", async () => {
    const missing = join(folder, "missing");
    await expect(readIdx(missing, 1)).rejects.toThrow(`${missing}: must be a readable file, got "ENOENT"`);
  });
});
