import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Batches, type Dataset, glyphs } from "../../src/data";

/** Every byte once, as four images of 8 × 8 × 1. */
const bytes: Dataset = {
  name: "bytes",
  split: "test",
  count: 4,
  shape: [8, 8, 1],
  images: Uint8Array.from({ length: 256 }, (_, i) => i),
  labels: Uint8Array.of(3, 1, 2, 0),
  classes: 4,
  description: "every byte",
  files: [],
};

describe("pixels", () => {
  const f32 = new Batches(bytes, { batchSize: 4 }).at(0).inputs;

  it("pixels are the float32 numbers nearest to byte/255", () => {
    expect(f32).toBeInstanceOf(Float32Array);
    const bits = new Uint32Array((f32 as Float32Array).buffer);
    const neighbour = (i: number, step: number) => new Float32Array(Uint32Array.of(bits[i]! + step).buffer)[0]!;
    for (let byte = 1; byte < 256; byte++) {
      // |x − b/255| without rounding, for multiples of 2^-40: |255·2^40·x − 2^40·b|
      const error = (x: number) => Math.abs(Number(255n * BigInt(x * 2 ** 40) - BigInt(byte) * 2n ** 40n));
      expect(error(f32[byte]!)).toBeLessThan(error(neighbour(byte, 1)));
      expect(error(f32[byte]!)).toBeLessThan(error(neighbour(byte, -1)));
    }
  });

  it("pixels have the bits of numpy's float32(b) / float32(255)", () => {
    const bits = new Uint32Array((f32 as Float32Array).buffer);
    const some = [0, 1, 3, 100, 127, 128, 254, 255].map((byte) => bits[byte]);
    expect(some).toEqual([0, 998277249, 1010876609, 1053345993, 1056898815, 1056997505, 1065287423, 0x3f800000]);
  });
});

describe("Batches", () => {
  const data = glyphs({ split: "test", count: 23 });

  it("batches cover every image once, in any order and for any batch size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.shuffledSubarray([...Array(23).keys()], { minLength: 23 }),
        fc.boolean(),
        (batchSize, order, cache) => {
          const batches = new Batches(data, { batchSize, order, cache });
          expect(batches.count).toBe(Math.ceil(23 / batchSize));
          const all = [...batches];
          expect(all.flatMap((batch) => [...batch.labels])).toEqual(order.map((i) => data.labels[i]));
          const first = all.at(-1)!.inputs.subarray(-784);
          const last = order.at(-1)! * 784;
          expect([...first].map((x) => Math.round(x * 255))).toEqual([...data.images.subarray(last, last + 784)]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("an incomplete batch is kept, or dropped on demand", () => {
    const kept = new Batches(data, { batchSize: 10 });
    expect([...kept].map((batch) => batch.size)).toEqual([10, 10, 3]);
    expect(kept.at(2).inputs.length).toBe(3 * 784);
    expect([...new Batches(data, { batchSize: 10, incomplete: "drop" })].map((batch) => batch.size)).toEqual([10, 10]);
  });

  it("a batch is converted once with a cache, and each time without", () => {
    const cached = new Batches(data, { batchSize: 10, cache: true });
    expect(cached.at(1)).toBe(cached.at(1));
    const fresh = new Batches(data, { batchSize: 10 });
    expect(fresh.at(1)).not.toBe(fresh.at(1));
    expect(fresh.at(1)).toEqual(cached.at(1));
  });

  it("an order that names some images gives batches of these alone", () => {
    const [batch, ...others] = new Batches(data, { batchSize: 5, order: [22, 0] });
    expect([...batch!.labels]).toEqual([data.labels[22], data.labels[0]]);
    expect(others).toEqual([]);
  });

  it("a batch size, an order or an index that is out of range is refused", () => {
    expect(() => new Batches(data, { batchSize: 0 })).toThrow("batchSize: must be a positive integer, got 0");
    expect(() => new Batches(data, { batchSize: 24, incomplete: "drop" })).toThrow(
      "batchSize: must be at most the number of images (23) to give a whole batch, got 24",
    );
    expect(() => new Batches(data, { batchSize: 1, order: [0, 23] })).toThrow(
      "order: must hold indices from 0 to 22, got 23",
    );
    expect(() => new Batches(data, { batchSize: 1, order: [] })).toThrow("order: must name at least one image");
    expect(() => new Batches(data, { batchSize: 23 }).at(1)).toThrow(
      "batch index: must be an integer from 0 to 0, got 1",
    );
  });
});
