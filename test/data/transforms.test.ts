import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ByteImage, cropImage, resizeImage } from "../../src/data/resample";
import {
  normaliser,
  preprocessing,
  preprocessings,
  type Transform,
  transformedShape,
  transformImage,
} from "../../src/data/transforms";
import { stream } from "../../src/util";

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly bytes: string;
}

const read = (name: string) => JSON.parse(readFileSync(join(__dirname, "golden", name), "utf8"));
/** Bits of float32 numbers, [channel, byte], for each preset. */
const torch = read("transforms.json") as Record<string, number[]>;
const pillow = read("imagenet.json").resize as Record<"RGB" | "L", { image: Picture; sizes: Picture[] }>;

/** Channels last, from base64. */
const decoded = ({ width, height, bytes }: Picture): ByteImage => {
  const data = new Uint8Array(Buffer.from(bytes, "base64"));
  return { width, height, channels: data.length / (width * height), bytes: data };
};

/** An image whose pixels are all different: 1, 2, 3 … */
const counted = (height: number, width: number, channels = 1): ByteImage => {
  const bytes = Uint8Array.from({ length: height * width * channels }, (_, i) => i + 1);
  return { height, width, channels, bytes };
};

/** The image after a transform, for as many draws as it takes to see every outcome. */
const outcomes = (image: ByteImage, transform: Transform, draws = 400) =>
  Array.from({ length: draws }, (_, i) => transformImage(image, [transform], stream(0, "test", i)));

describe("numbers from bytes", () => {
  it.each(Object.keys(preprocessings))("inputs after the preprocessing %s have PyTorch's bits", (name) => {
    const bits = torch[{ glyphs: "mnist", "colour-glyphs": "svhn" }[name] ?? name]!;
    const channels = bits.length / 256;
    // [256 pixels, channels]: byte b in every channel of pixel b
    const bytes = Uint8Array.from({ length: bits.length }, (_, i) => Math.floor(i / channels));
    for (const split of ["train", "test", "extra"] as const) {
      const out = new Float32Array(bits.length + 3);
      normaliser(preprocessing(name, split), channels)(bytes, out, 3);
      const ours = new Uint32Array(out.buffer, 12);
      expect(Array.from(bits, (_, i) => ours[(i % 256) * channels + Math.floor(i / 256)])).toEqual(bits);
    }
  });
});

describe("the paper's preprocessing", () => {
  const kinds = (name: string, split: "train" | "test" | "extra") => preprocessing(name, split).map(({ kind }) => kind);

  it("CIFAR-10 and ImageNet are augmented in training alone", () => {
    expect(kinds("cifar10", "train")).toEqual(["randomCrop", "randomFlip", "normalise"]);
    expect(kinds("cifar10", "test")).toEqual(["normalise"]);
    expect(kinds("imagenet", "train")).toEqual(["randomResizedCrop", "randomFlip", "normalise"]);
    expect(kinds("imagenet", "test")).toEqual(["resizeCentreCrop", "normalise"]);
    expect(kinds("svhn", "extra")).toEqual(["normalise"]);
    expect(kinds("none", "train")).toEqual([]);
  });

  it("an unknown preprocessing is refused with the names of the known ones", () => {
    expect(() => preprocessing("imagnet", "train")).toThrow(
      `preprocessing: must be one of ${Object.keys(preprocessings).join(", ")}, got "imagnet"`,
    );
  });
});

describe("randomCrop", () => {
  const image = counted(4, 3, 2);

  it("randomCrop shows every place of the padded image, whose margin is 0 before normalisation", () => {
    const padded = cropImage(image, -1, -1, 6, 5);
    const windows = new Set<string>();
    for (let top = 0; top <= 2; top++) {
      for (let left = 0; left <= 2; left++) windows.add(String(cropImage(padded, top, left, 4, 3).bytes));
    }
    const seen = new Set(outcomes(image, { kind: "randomCrop", padding: 1 }).map(({ bytes }) => String(bytes)));
    expect(seen).toEqual(windows);
    expect(windows.size).toBe(9);
    const out = new Float32Array(24);
    normaliser([{ kind: "normalise", mean: [0.5, 0.5], std: [0.5, 0.5] }], 2)(padded.bytes.subarray(0, 24), out, 0);
    expect(out[0]).toBe(-1);
  });

  it("randomCrop without padding changes nothing", () => {
    expect(outcomes(image, { kind: "randomCrop", padding: 0 }, 3)).toEqual([image, image, image]);
  });
});

describe("randomFlip", () => {
  it("randomFlip mirrors columns half of the time and keeps channels together", () => {
    const image = counted(2, 3, 2);
    const mirrored = [5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8];
    const flips = outcomes(image, { kind: "randomFlip" }).map(({ bytes }) => bytes[0] === 5);
    const flipped = outcomes(image, { kind: "randomFlip" })[flips.indexOf(true)]!;
    expect([...flipped.bytes]).toEqual(mirrored);
    // 400 draws: 6 standard deviations are 60
    expect(Math.abs(flips.filter(Boolean).length - 200)).toBeLessThan(60);
  });
});

describe("scaling", () => {
  it.each(["RGB", "L"] as const)("an image in %s is scaled to Pillow's bytes", (mode) => {
    const image = decoded(pillow[mode].image);
    for (const size of pillow[mode].sizes) {
      expect(resizeImage(image, size.height, size.width), `${size.width} × ${size.height}`).toEqual(decoded(size));
    }
  });

  it("an image of one value keeps this value when it is scaled", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), fc.nat(255), (from, to, value) => {
        const even = { height: from, width: from, channels: 1, bytes: new Uint8Array(from * from).fill(value) };
        expect(new Set(resizeImage(even, to, to).bytes)).toEqual(new Set([value]));
      }),
      { numRuns: 50 },
    );
  });
});

describe("resizeCentreCrop", () => {
  it("resizeCentreCrop scales the shorter side and takes the centre, with halves rounded to even", () => {
    // 21 × 15 becomes trunc(10·21/15) = 14 × 10; then top = round(1.5) = 2, left = round(3.5) = 4
    const image = decoded(pillow.RGB.image);
    const [wide] = outcomes(image, { kind: "resizeCentreCrop", resize: 10, crop: 7 }, 1);
    expect(wide).toEqual(cropImage(resizeImage(image, 10, 14), 2, 4, 7, 7));
    const upright = { ...image, height: 21, width: 15 };
    const [tall] = outcomes(upright, { kind: "resizeCentreCrop", resize: 10, crop: 7 }, 1);
    expect(tall).toEqual(cropImage(resizeImage(upright, 14, 10), 4, 2, 7, 7));
  });
});

describe("randomResizedCrop", () => {
  /** Column and row of each pixel, so that a crop of the same size as its box tells where it was. */
  const places = (height: number, width: number): ByteImage => {
    const bytes = Uint8Array.from({ length: 2 * height * width }, (_, i) => {
      const pixel = i >> 1;
      return i % 2 ? Math.floor(pixel / width) : pixel % width;
    });
    return { height, width, channels: 2, bytes };
  };

  it("randomResizedCrop takes boxes of the given scale all over the image", () => {
    // 30 × 30, a quarter of the area, square: boxes of 15 × 15, which are not scaled
    const crop: Transform = { kind: "randomResizedCrop", size: 15, scale: [0.25, 0.25], ratio: [1, 1] };
    const corners = outcomes(places(30, 30), crop, 2000).map(({ bytes }) => [bytes[0]!, bytes[1]!]);
    expect(new Set(corners.map(([x]) => x)).size).toBe(16);
    expect(new Set(corners.map(([, y]) => y)).size).toBe(16);
  });

  it("randomResizedCrop draws the ratio evenly in its logarithm", () => {
    // a ratio in [1/4, 4] of a fixed area: the box is wider than high half of the time. On an image of columns' numbers
    // the mean slope along a row is width/size
    const crop: Transform = { kind: "randomResizedCrop", size: 20, scale: [0.1, 0.1], ratio: [1 / 4, 4] };
    const wider = outcomes(places(100, 100), crop).filter(({ bytes }) => {
      const across = bytes[2 * 19]! - bytes[0]!;
      const down = bytes[2 * 20 * 19 + 1]! - bytes[1]!;
      return across > down;
    });
    expect(Math.abs(wider.length - 200)).toBeLessThan(60);
  });

  it("randomResizedCrop falls back to the largest central box", () => {
    // 4 × 40: no box of at least 90 % of the area has a ratio below 4/3, so 5 × 4 (round(4·4/3) = 5) in the middle
    const crop: Transform = { kind: "randomResizedCrop", size: 4, scale: [0.9, 1] };
    const image = places(4, 40);
    const expected = resizeImage(cropImage(image, 0, 17, 4, 5), 4, 4);
    for (const outcome of outcomes(image, crop, 5)) expect(outcome).toEqual(expected);
    const tall = places(40, 4);
    expect(outcomes(tall, crop, 1)[0]).toEqual(resizeImage(cropImage(tall, 17, 0, 5, 4), 4, 4));
  });
});

describe("transforms that make no sense", () => {
  const error = (...transforms: Transform[]) => {
    expect(transforms.length).toBeGreaterThan(0);
    return () => transformedShape(transforms, [undefined, undefined, 3]);
  };
  const normalise: Transform = { kind: "normalise", mean: [0, 0, 0], std: [1, 1, 1] };

  it("transforms with wrong values or in a wrong order are refused", () => {
    expect(error({ ...normalise, mean: [0.5] })).toThrow(
      "normalise: mean must have a finite value for each channel (3), got [0.5]",
    );
    expect(error({ ...normalise, std: [1, 0, 1] })).toThrow("std must have a positive value for each channel (3)");
    expect(error(normalise, { kind: "randomFlip" })).toThrow(
      'transforms: normalise must come once, as the last, got "normalise, randomFlip"',
    );
    expect(error({ kind: "randomCrop", padding: -1 })).toThrow("randomCrop: padding must be an integer from 0, got -1");
    expect(error({ kind: "randomResizedCrop", size: 0 })).toThrow("size must be a positive integer, got 0");
    expect(error({ kind: "randomResizedCrop", size: 8, scale: [0.5, 2] })).toThrow("0 < low ≤ high ≤ 1, got [0.5,2]");
    expect(error({ kind: "randomResizedCrop", size: 8, ratio: [2, 1] })).toThrow("ratio must be [low, high]");
    expect(error({ kind: "resizeCentreCrop", resize: 8, crop: 9 })).toThrow(
      "crop must be an integer from 1 to 8, got 9",
    );
    expect(error({ kind: "blur" } as unknown as Transform)).toThrow("transform: must be normalise, randomCrop");
  });

  it("the shape after valid transforms is known", () => {
    expect(error({ kind: "randomResizedCrop", size: 8 }, normalise)()).toEqual([8, 8, 3]);
    expect(error({ kind: "resizeCentreCrop", resize: 9, crop: 7 })()).toEqual([7, 7, 3]);
    expect(error({ kind: "randomFlip" })()).toEqual([undefined, undefined, 3]);
    expect(transformedShape([{ kind: "randomCrop", padding: 4 }], [32, 30, 1])).toEqual([32, 30, 1]);
  });
});
