/**
 * Preprocessing and augmentation as data, so that it can be sent to a worker, with torchvision's meaning: crops, flips and
 * scaling work on bytes as torchvision's do on Pillow images, then come `ToTensor` and `Normalize`, in float32.
 */
import { fail, type Stream } from "../util";
import { type ByteImage, cropImage, resizeImage } from "./resample";
import type { Split } from "./types";

export type Transform =
  /** (pixel/255 − mean)/std, a mean and a std for each channel, each operation rounded to float32; the last transform. */
  | { readonly kind: "normalise"; readonly mean: readonly number[]; readonly std: readonly number[] }
  /** `RandomCrop(size of the image, padding)`: the image moves by up to `padding` pixels each way, and new pixels are 0. */
  | { readonly kind: "randomCrop"; readonly padding: number }
  /** `RandomHorizontalFlip()`: mirrored with probability 1/2. */
  | { readonly kind: "randomFlip" }
  /** `RandomResizedCrop(size)`; default scale [0.08, 1] of the area, ratio width/height [3/4, 4/3]. */
  | {
      readonly kind: "randomResizedCrop";
      readonly size: number;
      readonly scale?: Range;
      readonly ratio?: Range;
    }
  /** `Resize(resize)` of the shorter side, then `CenterCrop(crop)`. */
  | { readonly kind: "resizeCentreCrop"; readonly resize: number; readonly crop: number };

/** Whether a transform makes another image in every epoch. */
export const isRandom = ({ kind }: Transform): boolean => kind.startsWith("random");

type Range = readonly [low: number, high: number];
type TransformOf<Kind extends Transform["kind"]> = Extract<Transform, { kind: Kind }>;

const SCALE: Range = [0.08, 1];
const RATIO: Range = [3 / 4, 4 / 3];

/** A dataset's transforms, in training and in a test. */
export interface Preprocessing {
  readonly train: readonly Transform[];
  readonly test: readonly Transform[];
}

export type PreprocessingName = "none" | "mnist" | "cifar10" | "svhn" | "glyphs" | "colour-glyphs" | "imagenet";

const half = (channels: number): Transform => ({
  kind: "normalise",
  mean: Array(channels).fill(0.5),
  std: Array(channels).fill(0.5),
});

// the values of github.com/kuangliu/pytorch-cifar, main.py, which the paper's data_utils.py repeats; its std is not the
// standard deviation of CIFAR-10's pixels (.2470 .2435 .2616) but smaller
const cifar: Transform = { kind: "normalise", mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };
// torchvision's for ImageNet: github.com/pytorch/examples, imagenet/main.py
const imagenet: Transform = { kind: "normalise", mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * The paper's preprocessing (github.com/deel-ai/relu-prime, data_utils.py and train_imagenet.py) by dataset; glyphs have
 * MNIST's transforms, colour glyphs SVHN's; `none` is `ToTensor` alone.
 */
export const preprocessings: Readonly<Record<PreprocessingName, Preprocessing>> = {
  none: { train: [], test: [] },
  mnist: { train: [half(1)], test: [half(1)] },
  cifar10: { train: [{ kind: "randomCrop", padding: 4 }, { kind: "randomFlip" }, cifar], test: [cifar] },
  svhn: { train: [half(3)], test: [half(3)] },
  glyphs: { train: [half(1)], test: [half(1)] },
  "colour-glyphs": { train: [half(3)], test: [half(3)] },
  imagenet: {
    train: [{ kind: "randomResizedCrop", size: 224 }, { kind: "randomFlip" }, imagenet],
    test: [{ kind: "resizeCentreCrop", resize: 256, crop: 224 }, imagenet],
  },
};

/**
 * The transforms of a preset for a split; `extra` is training data.
 *
 * @throws NonsmoothError for an unknown preset
 * @example
 * ```ts
 * import { preprocessing } from "nonsmooth";
 *
 * console.log(preprocessing("cifar10", "train").map(({ kind }) => kind)); // [ 'randomCrop', 'randomFlip', 'normalise' ]
 * console.log(preprocessing("mnist", "test")); // [ { kind: 'normalise', mean: [ 0.5 ], std: [ 0.5 ] } ]
 * ```
 */
export function preprocessing(name: string, split: Split): readonly Transform[] {
  if (!Object.hasOwn(preprocessings, name)) {
    fail("preprocessing", `must be one of ${Object.keys(preprocessings).join(", ")}`, name);
  }
  return preprocessings[name as PreprocessingName][split === "test" ? "test" : "train"];
}

/** [height, width, channels]; height and width are undefined if images differ in size. */
export type ImageShape = readonly [height: number | undefined, width: number | undefined, channels: number];

/**
 * The shape after the transforms; refuses transforms that do not fit the shape.
 *
 * @throws NonsmoothError for a value out of range, a `normalise` that is not last or does not have one value for each channel
 */
export function transformedShape(transforms: readonly Transform[], shape: ImageShape): ImageShape {
  let [height, width, channels] = shape;
  for (const [i, transform] of transforms.entries()) {
    check(transform, channels);
    if (transform.kind === "normalise" && i !== transforms.length - 1) {
      fail("transforms", "normalise must come once, as the last", transforms.map(({ kind }) => kind).join(", "));
    }
    if (transform.kind === "randomResizedCrop") height = width = transform.size;
    if (transform.kind === "resizeCentreCrop") height = width = transform.crop;
  }
  return [height, width, channels];
}

function check(transform: Transform, channels: number): void {
  const { kind } = transform;
  if (kind === "normalise") {
    const { mean, std } = transform;
    if (mean.length !== channels || !mean.every(Number.isFinite)) {
      fail("normalise", `mean must have a finite value for each channel (${channels})`, mean);
    }
    if (std.length !== channels || !std.every((x) => Number.isFinite(x) && x > 0)) {
      fail("normalise", `std must have a positive value for each channel (${channels})`, std);
    }
  } else if (kind === "randomCrop") {
    if (!isCount(transform.padding)) fail(kind, "padding must be an integer from 0", transform.padding);
  } else if (kind === "randomResizedCrop") {
    const { size, scale = SCALE, ratio = RATIO } = transform;
    if (!isCount(size) || size < 1) fail(kind, "size must be a positive integer", size);
    if (!isRange(scale) || scale[1] > 1) fail(kind, "scale must be [low, high] with 0 < low ≤ high ≤ 1", scale);
    if (!isRange(ratio)) fail(kind, "ratio must be [low, high] with 0 < low ≤ high", ratio);
  } else if (kind === "resizeCentreCrop") {
    const { resize, crop } = transform;
    if (!isCount(resize) || resize < 1) fail(kind, "resize must be a positive integer", resize);
    if (!isCount(crop) || crop < 1 || crop > resize) fail(kind, `crop must be an integer from 1 to ${resize}`, crop);
  } else if (kind !== "randomFlip") {
    fail("transform", "must be normalise, randomCrop, randomFlip, randomResizedCrop or resizeCentreCrop", kind);
  }
}

const isCount = (x: number) => Number.isInteger(x) && x >= 0;
const isRange = ([low, high]: Range) => low > 0 && low <= high && Number.isFinite(high);

/** An image after the transforms that work on bytes, which draw from `random` in their order. */
export function transformImage(image: ByteImage, transforms: readonly Transform[], random: Stream): ByteImage {
  let result = image;
  for (const transform of transforms) {
    if (transform.kind === "randomCrop") result = randomCrop(result, transform.padding, random);
    else if (transform.kind === "randomFlip") result = random.uniform() < 0.5 ? mirror(result) : result;
    else if (transform.kind === "randomResizedCrop") result = randomResizedCrop(result, transform, random);
    else if (transform.kind === "resizeCentreCrop") result = resizeCentreCrop(result, transform);
  }
  return result;
}

/** Writes an image's bytes as numbers. */
export type Normaliser = (bytes: Uint8Array, out: Float32Array, offset: number) => void;

/** Refuses transforms that work on bytes, for inputs that are numbers. */
export function requireNormalise(name: string, transforms: readonly Transform[]): void {
  const other = transforms.find(({ kind }) => kind !== "normalise");
  if (!other) return;
  fail(
    "transforms",
    `must be normalise only for ${name}, whose inputs are numbers`,
    other.kind,
    "crops and flips work on bytes",
  );
}

/** `Normalize`, if there is one, of numbers; channels stay last. */
export function numberNormaliser(transforms: readonly Transform[], channels: number) {
  const steps = Array.from({ length: channels }, (_, c) => scaleOf(transforms, c));
  return (numbers: Float32Array, out: Float32Array, offset: number): void => {
    for (const [i, x] of numbers.entries()) {
      const { mean, std } = steps[i % channels]!;
      out[offset + i] = Math.fround(x - mean) / std;
    }
  };
}

/** `ToTensor` and, if there is one, `Normalize`, from bytes to float32; channels stay last. */
export function normaliser(transforms: readonly Transform[], channels: number): Normaliser {
  const values = Array.from({ length: channels }, (_, c) => valuesOfBytes(transforms, c));
  return (bytes, out, offset) => {
    for (let c = 0; c < channels; c++) {
      const table = values[c]!;
      for (let i = c; i < bytes.length; i += channels) out[offset + i] = table[bytes[i]!]!;
    }
  };
}

function valuesOfBytes(transforms: readonly Transform[], channel: number): Float32Array {
  const { mean, std } = scaleOf(transforms, channel);
  // a double result of f32 operands, rounded once more, is the f32 result: 53 ≥ 2·24 + 2
  return Float32Array.from({ length: 256 }, (_, byte) => Math.fround(Math.fround(byte / 255) - mean) / std);
}

/** Mean and standard deviation of a channel, in float32. */
function scaleOf(transforms: readonly Transform[], channel: number): { mean: number; std: number } {
  const step = transforms.find((transform) => transform.kind === "normalise");
  return { mean: Math.fround(step?.mean[channel] ?? 0), std: Math.fround(step?.std[channel] ?? 1) };
}

function randomCrop(image: ByteImage, padding: number, random: Stream): ByteImage {
  const top = random.integer(2 * padding + 1) - padding;
  const left = random.integer(2 * padding + 1) - padding;
  return cropImage(image, top, left, image.height, image.width);
}

function mirror({ height, width, channels, bytes }: ByteImage): ByteImage {
  const mirrored = new Uint8Array(bytes.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = width - 1; x >= 0; x--) {
      const from = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) mirrored[to++] = bytes[from + c]!;
    }
  }
  return { height, width, channels, bytes: mirrored };
}

function randomResizedCrop(
  image: ByteImage,
  { size, scale = SCALE, ratio = RATIO }: TransformOf<"randomResizedCrop">,
  random: Stream,
): ByteImage {
  const { top, left, height, width } = randomBox(image, scale, ratio, random);
  return resizeImage(cropImage(image, top, left, height, width), size, size);
}

/** `RandomResizedCrop.get_params`: the area uniform, the ratio log-uniform; after ten misses the largest central box. */
function randomBox(image: ByteImage, scale: Range, ratio: Range, random: Stream) {
  const area = image.height * image.width;
  for (let attempt = 0; attempt < 10; attempt++) {
    const target = area * random.uniformIn(...scale);
    const shape = Math.exp(random.uniformIn(Math.log(ratio[0]), Math.log(ratio[1])));
    const width = roundHalfEven(Math.sqrt(target * shape));
    const height = roundHalfEven(Math.sqrt(target / shape));
    if (width < 1 || width > image.width || height < 1 || height > image.height) continue;
    const top = random.integer(image.height - height + 1);
    const left = random.integer(image.width - width + 1);
    return { top, left, height, width };
  }
  const shape = image.width / image.height;
  // torchvision leaves a side of 0 for images thinner than a pixel of the box; the minimum here is one pixel
  const height = shape < ratio[0] ? Math.max(1, roundHalfEven(image.width / ratio[0])) : image.height;
  const width = shape > ratio[1] ? Math.max(1, roundHalfEven(image.height * ratio[1])) : image.width;
  const top = Math.floor((image.height - height) / 2);
  const left = Math.floor((image.width - width) / 2);
  return { top, left, height, width };
}

function resizeCentreCrop(image: ByteImage, { resize, crop }: TransformOf<"resizeCentreCrop">): ByteImage {
  const upright = image.width <= image.height;
  const [short, long] = upright ? [image.width, image.height] : [image.height, image.width];
  const longer = Math.trunc((resize * long) / short);
  const [height, width] = upright ? [longer, resize] : [resize, longer];
  const top = roundHalfEven((height - crop) / 2);
  const left = roundHalfEven((width - crop) / 2);
  return cropImage(resizeImage(image, height, width), top, left, crop, crop);
}

/** Python's `round` of a number ≥ 0. */
function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  if (x - down === 0.5) return down + (down % 2);
  return Math.round(x);
}
