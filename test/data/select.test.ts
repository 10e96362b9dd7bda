import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dataset, holdOut } from "../../src/data";

/** Images of two bytes that hold their own index. */
function numbered(labels: readonly number[]): Dataset {
  const images = new Uint8Array(2 * labels.length);
  for (let i = 0; i < labels.length; i++) images.set([i & 255, i >> 8], 2 * i);
  const count = labels.length;
  return {
    ...{ name: "numbered", split: "train", count, shape: [1, 2, 1], images, labels: Uint8Array.from(labels) },
    ...{ classes: 10, description: "numbers", files: [] },
  };
}

const indices = ({ images, count }: Dataset) =>
  Array.from({ length: count }, (_, i) => images[2 * i]! + 256 * images[2 * i + 1]!);
const sizes = ({ labels }: Dataset) =>
  Array.from({ length: 10 }, (_, c) => labels.filter((label) => label === c).length);

describe("holdOut", () => {
  it("every image goes into one part, with its label and in order, each class in proportion", () => {
    const classes = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 400 });
    fc.assert(
      fc.property(classes, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (labels, share, seed) => {
        const data = numbered(labels);
        const count = 1 + Math.floor(share * (labels.length - 2));
        const [training, validation] = holdOut(data, count, seed);
        expect([training.count, validation.count]).toEqual([labels.length - count, count]);
        const parts = [indices(training), indices(validation)];
        for (const [p, part] of [training, validation].entries()) {
          expect([...part.labels]).toEqual(parts[p]!.map((i) => labels[i]));
          expect(parts[p]).toEqual([...parts[p]!].sort((a, b) => a - b));
        }
        expect(parts.flat().sort((a, b) => a - b)).toEqual([...labels.keys()]);
        const all = sizes(data);
        for (const [c, held] of sizes(validation).entries()) {
          expect(Math.abs(held - (all[c]! * count) / labels.length)).toBeLessThan(1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("holdOut takes a share or a number, and only the same seed gives the same part", () => {
    const data = numbered(Array.from({ length: 1000 }, (_, i) => i % 10));
    const [training, validation] = holdOut(data, 0.1, 3);
    expect(sizes(validation)).toEqual(new Array(10).fill(10));
    expect(indices(holdOut(data, 100, 3)[1])).toEqual(indices(validation));
    expect(indices(holdOut(data, 100, 4)[1])).not.toEqual(indices(validation));
    expect(indices(validation)).not.toEqual([...Array(100).keys()]);
    expect(training.description).toBe("numbers, without 100 held out of 1000 by class (seed 3)");
    expect(validation.description).toBe("numbers, the 100 held out of 1000 by class (seed 3)");
    expect(data.images).toEqual(numbered([...data.labels]).images);
    // so that loaders do not copy them again
    for (const { images } of [training, validation]) expect(images.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("an amount that leaves a part empty is refused", () => {
    const data = numbered([0, 1, 2]);
    const rule =
      "hold-out: must be a share in (0, 1) or a number of images from 1 to 2, and both parts must have images, got";
    for (const amount of [0, 3, 1.5, -0.1, 0.01, 0.99, Number.NaN]) {
      expect(() => holdOut(data, amount, 0)).toThrow(`${rule} ${amount}`);
    }
    expect(() => holdOut(data, 1, Number.NaN)).toThrow("seed: must be a finite number, got NaN");
  });
});
