/** Mini-batches: from bytes to floating point, as in torchvision's `ToTensor`. */
import { fail } from "../util";
import { checkImages } from "./check-images";
import type { Dataset, NumberDataset } from "./types";

/** pixel/255, divided in float32: ToTensor's values (the double quotient, rounded once more, is the float32 quotient). */
const PIXEL = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

export interface Batch {
  /** [size, features], features = height × width × channels, each pixel/255, or numbers as they are. */
  readonly inputs: Float32Array;
  /** [size] */
  readonly labels: Int32Array;
  readonly size: number;
}

export interface BatchOptions {
  /** Images in a batch. */
  readonly batchSize: number;
  /** Indices of images in the order of use: a permutation, or a part of the data. Default: as stored. */
  readonly order?: ArrayLike<number>;
  /** What to do with a last batch that has fewer images: `keep` (default) or `drop`. */
  readonly incomplete?: "keep" | "drop";
  /** Keeps the converted batches (4 bytes a pixel); for many passes in the same order. Default false. */
  readonly cache?: boolean;
}

/**
 * A dataset as a sequence of mini-batches, which are converted on request; iterable.
 *
 * @example
 * ```ts
 * import { Batches, glyphs } from "nonsmooth";
 *
 * const batches = new Batches(glyphs({ split: "train", count: 100 }), { batchSize: 32 });
 * console.log(batches.count, batches.features); // 4 784
 * for (const { inputs, labels, size } of batches) console.log(size, inputs.length, labels[0]); // 32 25088 6
 * // 32 25088 9
 * // 32 25088 8
 * // 4 3136 5
 * ```
 */
export class Batches implements Iterable<Batch> {
  /** How many batches. */
  readonly count: number;
  readonly batchSize: number;
  /** Numbers in one input. */
  readonly features: number;
  private readonly order: ArrayLike<number> | undefined;
  private readonly images: number;
  private readonly cached: (Batch | undefined)[] | undefined;

  /** @throws NonsmoothError for a dataset that is not what it says, a batch size that gives no batch, an index outside the data */
  constructor(
    private readonly dataset: Dataset | NumberDataset,
    options: BatchOptions,
  ) {
    const { batchSize, order, incomplete = "keep", cache = false } = options;
    checkImages(dataset);
    this.images = order?.length ?? dataset.count;
    if (!Number.isInteger(batchSize) || batchSize < 1) fail("batchSize", "must be a positive integer", batchSize);
    if (incomplete !== "keep" && incomplete !== "drop") fail("incomplete", "must be keep or drop", incomplete);
    if (incomplete === "drop" && batchSize > this.images) {
      fail("batchSize", `must be at most the number of images (${this.images}) to give a whole batch`, batchSize);
    }
    if (order) checkOrder(order, dataset.count);
    const [height, width, channels] = dataset.shape;
    this.batchSize = batchSize;
    this.features = height * width * channels;
    this.order = order;
    this.count = incomplete === "drop" ? Math.floor(this.images / batchSize) : Math.ceil(this.images / batchSize);
    this.cached = cache ? new Array(this.count) : undefined;
  }

  /** Batch number `index`, from 0. New arrays each time, unless `cache` is set. @throws NonsmoothError for an index out of range */
  at(index: number): Batch {
    if (!Number.isInteger(index) || index < 0 || index >= this.count) {
      fail("batch index", `must be an integer from 0 to ${this.count - 1}`, index);
    }
    const batch = this.cached?.[index] ?? this.convert(index);
    if (this.cached) this.cached[index] = batch;
    return batch;
  }

  *[Symbol.iterator](): Generator<Batch, void, undefined> {
    for (let index = 0; index < this.count; index++) yield this.at(index);
  }

  private convert(index: number): Batch {
    const { features, dataset } = this;
    const first = index * this.batchSize;
    const size = Math.min(this.batchSize, this.images - first);
    const inputs = new Float32Array(size * features);
    const labels = new Int32Array(size);
    for (let i = 0; i < size; i++) {
      const image = this.order?.[first + i] ?? first + i;
      labels[i] = dataset.labels[image]!;
      const from = image * features;
      if ("kind" in dataset) inputs.set(dataset.images.subarray(from, from + features), i * features);
      else for (let j = 0, to = i * features; j < features; j++, to++) inputs[to] = PIXEL[dataset.images[from + j]!]!;
    }
    return { inputs, labels, size };
  }
}

function checkOrder(order: ArrayLike<number>, count: number): void {
  if (order.length === 0) fail("order", "must name at least one image", "none");
  for (let i = 0; i < order.length; i++) {
    const image = order[i]!;
    if (!Number.isInteger(image) || image < 0 || image >= count) {
      fail("order", `must hold indices from 0 to ${count - 1}`, image);
    }
  }
}
