import { describe, expect, it } from "vitest";
import { glyphs, loadDataset } from "../../src/data";

const PIXELS = 784;
const train = glyphs({ split: "train", count: 3_000 });
const test = glyphs({ split: "test", count: 300 });

const image = (data: typeof train, i: number) => data.images.subarray(i * PIXELS, (i + 1) * PIXELS);

describe("glyphs", () => {
  it("glyphs have MNIST's layout", () => {
    expect(train).toMatchObject({ name: "glyphs", split: "train", count: 3_000, shape: [28, 28, 1], classes: 10 });
    expect(train.images.length).toBe(3_000 * PIXELS);
    expect(train.description).toContain("not MNIST");
  });

  it("glyphs depend on seed, split and index alone", () => {
    const few = glyphs({ split: "train", count: 130 });
    expect(few.images).toEqual(train.images.subarray(0, 130 * PIXELS));
    expect(few.labels).toEqual(train.labels.subarray(0, 130));
    expect(image(test, 0)).not.toEqual(image(train, 0));
    expect(image(glyphs({ split: "train", count: 1, seed: 1 }), 0)).not.toEqual(image(train, 0));
  });

  it("glyphs have the same bytes on every machine", () => {
    // only correctly rounded operations are used, so this hash holds everywhere; regenerate it when the drawing changes
    expect(glyphs({ split: "test", count: 100 }).files).toEqual([
      {
        name: "glyphs-test-seed0 (drawn)",
        bytes: 100 * (PIXELS + 1),
        sha256: "d731464116d2d23e9b8a969379bd184d8099518c461f142a6296a4e9180620df",
      },
    ]);
  });

  it("the source glyphs loads the same bytes", async () => {
    const loaded = await loadDataset("glyphs", { split: "test", count: 300 });
    expect(loaded.files).toEqual(test.files); // the hash covers images and labels
  });

  it("every class comes ten times in a hundred, in random order", () => {
    for (let first = 0; first < train.count; first += 100) {
      const counts = new Array(10).fill(0);
      for (const label of train.labels.subarray(first, first + 100)) counts[label]++;
      expect(counts).toEqual(new Array(10).fill(10));
    }
    expect(train.labels.subarray(0, 100)).not.toEqual(train.labels.subarray(100, 200));
  });

  it("glyphs have MNIST's statistics: 80.9 % zeros, mean 0.131, 10.2 % above 200, a black margin", () => {
    const share = (condition: (pixel: number) => boolean) =>
      train.images.reduce((n, pixel) => n + (condition(pixel) ? 1 : 0), 0) / train.images.length;
    expect(Math.abs(share((pixel) => pixel === 0) - 0.809)).toBeLessThan(0.02);
    expect(Math.abs(share((pixel) => pixel > 200) - 0.102)).toBeLessThan(0.01);
    const mean = train.images.reduce((sum, pixel) => sum + pixel, 0) / train.images.length / 255;
    expect(Math.abs(mean - 0.131)).toBeLessThan(0.01);
    expect(train.images.reduce((most, pixel) => Math.max(most, pixel), 0)).toBe(255);
    for (let i = 0; i < train.count; i++) expect(image(train, i)[0]).toBe(0);
  });

  it("nearest class mean and nearest neighbour tell classes apart, but not trivially", () => {
    const means = Array.from({ length: 10 }, () => new Float64Array(PIXELS));
    train.images.forEach((pixel, at) => {
      means[train.labels[Math.floor(at / PIXELS)]!]![at % PIXELS]! += pixel / (train.count / 10);
    });
    const byMean = accuracy((pixels) => argmin(means, (mean) => distance(pixels, mean, Infinity)));
    expect(byMean).toBeGreaterThan(0.65);
    expect(byMean).toBeLessThan(0.9);
    const neighbours = Array.from({ length: train.count }, (_, i) => image(train, i));
    const byNeighbour = accuracy(
      (pixels) => train.labels[argmin(neighbours, (one, best) => distance(pixels, one, best))]!,
    );
    expect(byNeighbour).toBeGreaterThan(0.88);
    expect(byNeighbour).toBeLessThan(0.995);
  });

  it("a count, a split or a seed that is out of range is refused", () => {
    expect(() => glyphs({ split: "train", count: 60_001 })).toThrow(
      "count: must be an integer from 1 to 60000, got 60001",
    );
    expect(() => glyphs({ split: "test", count: 1.5 })).toThrow("count: must be an integer from 1 to 10000, got 1.5");
    expect(() => glyphs({ split: "valid" as "test" })).toThrow('split: must be train or test, got "valid"');
    expect(() => glyphs({ split: "test", seed: 0.5 })).toThrow("seed: must be an integer, got 0.5");
  });
});

function accuracy(classify: (pixels: Uint8Array) => number): number {
  let right = 0;
  for (let i = 0; i < test.count; i++) if (classify(image(test, i)) === test.labels[i]) right++;
  return right / test.count;
}

function argmin<T>(items: readonly T[], cost: (item: T, best: number) => number): number {
  let [best, at] = [Infinity, -1];
  items.forEach((item, i) => {
    const value = cost(item, best);
    if (value < best) [best, at] = [value, i];
  });
  return at;
}

/** Squared distance, or something above `best`. */
function distance(a: Uint8Array, b: ArrayLike<number>, best: number): number {
  let sum = 0;
  for (let p = 0; p < PIXELS && sum < best; p++) sum += (a[p]! - b[p]!) ** 2;
  return sum;
}
