import { describe, expect, it } from "vitest";
import { colourGlyphs, loadDataset } from "../../src/data";

const VALUES = 32 * 32 * 3;
const train = colourGlyphs({ split: "train", count: 2_000 });
const test = colourGlyphs({ split: "test", count: 200 });
const image = (data: typeof train, i: number) => data.images.subarray(i * VALUES, (i + 1) * VALUES);

describe("colour glyphs", () => {
  it("colour glyphs have CIFAR-10's layout", () => {
    expect(train).toMatchObject({ name: "colour-glyphs", count: 2_000, shape: [32, 32, 3], classes: 10 });
    expect(train.images.length).toBe(2_000 * VALUES);
    expect(train.description).toContain("neither CIFAR-10 nor SVHN");
  });

  it("colour glyphs depend on seed, split and index alone", () => {
    const few = colourGlyphs({ split: "train", count: 130 });
    expect(Buffer.from(few.images).equals(train.images.subarray(0, 130 * VALUES))).toBe(true);
    expect(few.labels).toEqual(train.labels.subarray(0, 130));
    expect(image(test, 0)).not.toEqual(image(train, 0));
    expect(image(colourGlyphs({ split: "train", count: 1, seed: 1 }), 0)).not.toEqual(image(train, 0));
  });

  it("colour glyphs have the same bytes on every machine", () => {
    // only correctly rounded operations are used, so this hash holds everywhere; regenerate it when the drawing changes
    expect(colourGlyphs({ split: "test", count: 100 }).files).toEqual([
      {
        name: "colour-glyphs-test-seed0 (drawn)",
        bytes: 100 * (VALUES + 1),
        sha256: "7be5563b8dc88ec02848ee1b24ef3941b5f5ea1c2c1af5ded9e72d88c848b989",
      },
    ]);
  });

  it("the source colour-glyphs loads the same bytes, and refuses an unknown split", async () => {
    expect((await loadDataset("colour-glyphs", { split: "test", count: 200 })).files).toEqual(test.files);
    await expect(loadDataset("colour-glyphs", { split: "extra" })).rejects.toThrow(
      'split: must be train or test, got "extra"',
    );
  });

  it("every class comes ten times in a hundred, and every channel uses its whole range", () => {
    for (let first = 0; first < train.count; first += 100) {
      const counts = new Array(10).fill(0);
      for (const label of train.labels.subarray(first, first + 100)) counts[label]++;
      expect(counts).toEqual(new Array(10).fill(10));
    }
    for (let channel = 0; channel < 3; channel++) {
      const values = train.images.filter((_, i) => i % 3 === channel);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length / 255;
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
      expect([Math.min(...values.subarray(0, 1e5)), Math.max(...values.subarray(0, 1e5))]).toEqual([0, 255]);
    }
  });

  it("mean colours do not tell classes apart: the nearest class mean stays near chance", () => {
    const means = Array.from({ length: 10 }, () => new Float64Array(VALUES));
    train.images.forEach((value, at) => {
      means[train.labels[Math.floor(at / VALUES)]!]![at % VALUES]! += value / (train.count / 10);
    });
    expect(accuracy((values) => nearestMean(values, means))).toBeLessThan(0.3);
  });

  it("the distance from the mean colour tells classes apart, but not trivially", () => {
    const features = Array.from({ length: train.count }, (_, i) => contrast(image(train, i)));
    const byNeighbour = accuracy((values) => {
      const feature = contrast(values);
      let [best, label] = [-Infinity, -1];
      for (const [i, other] of features.entries()) {
        const likeness = other.reduce((sum, value, p) => sum + value * feature[p]!, 0);
        if (likeness > best) [best, label] = [likeness, train.labels[i]!];
      }
      return label;
    });
    expect(byNeighbour).toBeGreaterThan(0.35);
    expect(byNeighbour).toBeLessThan(0.95);
  });
});

function accuracy(classify: (values: Uint8Array) => number): number {
  let right = 0;
  for (let i = 0; i < test.count; i++) if (classify(image(test, i)) === test.labels[i]) right++;
  return right / test.count;
}

function nearestMean(values: Uint8Array, means: readonly Float64Array[]): number {
  const cost = means.map((mean) => mean.reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0));
  return cost.indexOf(Math.min(...cost));
}

/** [16 × 16], of length 1: how far pixels (averaged 2 × 2) lie from the mean colour, without its own mean. */
function contrast(values: Uint8Array): Float64Array {
  const mean = [0, 1, 2].map((c) => values.reduce((sum, value, i) => sum + (i % 3 === c ? value : 0), 0) / 1024);
  const map = new Float64Array(256);
  for (let p = 0; p < 1024; p++) {
    const d = Math.sqrt([0, 1, 2].reduce((sum, c) => sum + (values[3 * p + c]! - mean[c]!) ** 2, 0));
    map[16 * (p >> 6) + ((p & 31) >> 1)]! += d;
  }
  const centre = map.reduce((sum, value) => sum + value, 0) / 256;
  const length = Math.sqrt(map.reduce((sum, value) => sum + (value - centre) ** 2, 0));
  return map.map((value) => (value - centre) / length);
}
