/**
 * Mini-batches for training, in the style of torch.utils.data.DataLoader: shuffled, augmented and normalised in a separate
 * thread, ahead of their use. Batch `i` of epoch `e` depends only on the data, the options and the seed, not on
 * threads, earlier requests, or where an epoch was resumed.
 */
import { fail } from "../util";
import { type Assembled, Assembler, epochOrder, type Recipe } from "./assemble";
import { checkImages } from "./check-images";
import type { BrokenImage } from "./decode";
import type { ImageFolder } from "./image-folder";
import { LoaderThread } from "./loader-thread";
import { sharedBytes } from "./shared-bytes";
import { type ImageShape, isRandom, requireNormalise, type Transform, transformedShape } from "./transforms";
import type { Dataset, NumberDataset } from "./types";

type Source = Dataset | NumberDataset | ImageFolder;

export interface LoaderOptions {
  /** Images or numbers in memory, or images in files. */
  readonly dataset: Source;
  /** Images in a batch. */
  readonly batchSize: number;
  /** Default: none, which gives pixel/255. A folder needs `randomResizedCrop` or `resizeCentreCrop`. */
  readonly transforms?: readonly Transform[];
  /** Seed of the order and the augmentation; default 0. */
  readonly seed?: number;
  /** A new permutation in every epoch; default false, as stored. */
  readonly shuffle?: boolean;
  /** What to do with a last batch that has fewer images: `keep` (default) or `drop`. */
  readonly incomplete?: "keep" | "drop";
  /** Whether batches are made in a separate thread; default true. The batches are the same. */
  readonly worker?: boolean;
  /** Batches that the thread makes ahead; default 3. */
  readonly prefetch?: number;
  /** What to do with a file that is truncated or not an image: `fail` (default), or `skip`, which makes its batch smaller. */
  readonly onBroken?: "fail" | "skip";
  /** With `skip`: the share of the images that may be broken, from 0 to 1; more are an error. Default 0.01. */
  readonly mostBroken?: number;
}

/** Share of the images that may be left out as broken. */
const MOST_BROKEN = 0.01;

/** A mini-batch, in its own memory. */
export interface LoadedBatch {
  /** Its number in the epoch, from 0. */
  readonly index: number;
  /** [size × height × width × channels], normalised. */
  readonly inputs: Float32Array;
  /** [size] */
  readonly labels: Int32Array;
  readonly size: number;
}

export interface EpochOptions {
  /** The first batch; default 0. The batches are those of a whole epoch. */
  readonly from?: number;
  /** Ends the epoch with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

export interface Loader {
  /** [height, width, channels] of an input. */
  readonly shape: readonly [number, number, number];
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  /** Files that were skipped so far, each once; always empty with `onBroken: "fail"`. */
  readonly broken: readonly string[];
  /** The order of the images in an epoch: indices into the dataset. */
  order(epoch: number): Uint32Array;
  /**
   * All images in the order in which they are stored, as one batch; undefined if they are in files, if augmentation
   * changes them in every epoch, or if they would take more bytes than the limit.
   */
  whole(limit?: number): Promise<LoadedBatch | undefined>;
  /**
   * The batches of an epoch, for `for await`; leaving the loop early is fine. Several may go on at the same time, each with a thread of
   * its own: trainings side by side can share a loader. A batch all of whose images are skipped is left out.
   *
   * @throws NonsmoothError for an epoch or batch out of range; while iterating, for a broken image, or more than `mostBroken` of
   * them, an epoch without a single image, a failing worker, a closed loader
   */
  epoch(epoch: number, options?: EpochOptions): AsyncIterable<LoadedBatch>;
  /** Ends the thread. An epoch in progress ends with an error. */
  close(): Promise<void>;
}

/**
 * A source of mini-batches; its thread starts with the first epoch. Images in memory are shared with it: they are copied once,
 * unless they are in a SharedArrayBuffer.
 *
 * @throws NonsmoothError for options out of range, transforms that do not fit the images, images that are not bytes, fewer or more images or labels than
 * `count`, or a label that is not a class
 * @example
 * ```ts
 * import { createLoader, glyphs, preprocessing } from "nonsmooth";
 *
 * const dataset = glyphs({ split: "train", count: 100 });
 * const data = createLoader({ dataset, batchSize: 32, shuffle: true, seed: 1, transforms: preprocessing("glyphs", "train") });
 * for await (const { index, inputs, size } of data.epoch(0)) console.log(index, size, inputs.length); // 0 32 25088
 * // 1 32 25088
 * // 2 32 25088
 * // 3 4 3136
 * await data.close();
 * ```
 */
export function createLoader(options: LoaderOptions): Loader {
  const { prefetch = 3, onBroken = "fail", mostBroken = MOST_BROKEN, worker = true } = options;
  if (!Number.isInteger(prefetch) || prefetch < 1) fail("prefetch", "must be a positive integer", prefetch);
  if (onBroken !== "fail" && onBroken !== "skip") fail("onBroken", "must be fail or skip", onBroken);
  if (!(mostBroken >= 0 && mostBroken <= 1)) fail("mostBroken", "must be a share from 0 to 1", mostBroken);
  return new MiniBatches(recipeOf(options), { name: options.dataset.name, prefetch, onBroken, mostBroken, worker });
}

function recipeOf(options: LoaderOptions): Recipe {
  const { dataset, batchSize, transforms = [], seed = 0, shuffle = false, incomplete = "keep" } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) fail("batchSize", "must be a positive integer", batchSize);
  if (!Number.isSafeInteger(seed)) fail("seed", "must be an integer", seed);
  if (incomplete !== "keep" && incomplete !== "drop") fail("incomplete", "must be keep or drop", incomplete);
  checkImages(dataset);
  if ("kind" in dataset && dataset.kind === "numbers") requireNormalise(dataset.name, transforms);
  const { count } = dataset;
  if (incomplete === "drop" && batchSize > count) {
    fail("batchSize", `must be at most the number of images (${count}) to give a whole batch`, batchSize);
  }
  const batchesPerEpoch = incomplete === "drop" ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
  const shape = inputShape(transforms, isFolder(dataset) ? [undefined, undefined, dataset.channels] : dataset.shape);
  return { source: sourceOf(dataset), transforms, shape, batchSize, batchesPerEpoch, seed, shuffle };
}

function inputShape(transforms: readonly Transform[], images: ImageShape): [number, number, number] {
  const [height, width, channels] = transformedShape(transforms, images);
  if (height !== undefined && width !== undefined) return [height, width, channels];
  const kinds = transforms.map(({ kind }) => kind).join(", ") || "none";
  return fail(
    "transforms",
    "must give all images of a folder the same size",
    kinds,
    'use preprocessing("imagenet", split)',
  );
}

const isFolder = (dataset: Source): dataset is ImageFolder => "kind" in dataset && dataset.kind === "folder";

function sourceOf(dataset: Source): Recipe["source"] {
  if (!("kind" in dataset)) return { kind: "memory", ...pick(dataset, "shape", "images", "labels") };
  if (dataset.kind === "numbers") return pick(dataset, "kind", "shape", "images", "labels");
  return pick(dataset, "kind", "directory", "paths", "labels");
}

function pick<T, K extends keyof T>(record: T, ...keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, record[key]])) as Pick<T, K>;
}

class MiniBatches implements Loader {
  readonly shape: readonly [number, number, number];
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  private readonly skipped = new Set<string>();
  /** One for each epoch that goes on at the same time. */
  private threads: LoaderThread[] = [];
  private inline: Assembler | undefined;
  private closed = false;

  constructor(
    private readonly recipe: Recipe,
    private readonly options: Required<Pick<LoaderOptions, "prefetch" | "onBroken" | "mostBroken" | "worker">> & {
      /** Of the dataset. */
      readonly name: string;
    },
  ) {
    this.shape = recipe.shape;
    this.batchSize = recipe.batchSize;
    this.batchesPerEpoch = recipe.batchesPerEpoch;
  }

  get broken(): readonly string[] {
    return [...this.skipped];
  }

  order(epoch: number): Uint32Array {
    checkEpoch(epoch);
    return epochOrder(this.recipe, epoch);
  }

  async whole(limit = Number.POSITIVE_INFINITY): Promise<LoadedBatch | undefined> {
    const { source, transforms, shape } = this.recipe;
    const bytes = Float32Array.BYTES_PER_ELEMENT * source.labels.length * shape[0] * shape[1] * shape[2];
    if (source.kind === "folder" || transforms.some(isRandom) || bytes > limit) return undefined;
    const all = { ...this.recipe, shuffle: false, batchSize: source.labels.length, batchesPerEpoch: 1 };
    return new Assembler(all).batch(0, 0);
  }

  epoch(epoch: number, { from = 0, signal }: EpochOptions = {}): AsyncIterable<LoadedBatch> {
    checkEpoch(epoch);
    if (!Number.isInteger(from) || from < 0 || from > this.batchesPerEpoch) {
      fail("from", `must be an integer from 0 to ${this.batchesPerEpoch}`, from);
    }
    if (this.closed) fail("loader", "must be open", "closed");
    const batches = this.options.worker ? this.ahead(epoch, from, signal) : this.here(epoch, from, signal);
    return this.checked(batches, from === 0);
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private async *checked(batches: AsyncIterable<Assembled>, isWhole: boolean): AsyncGenerator<LoadedBatch> {
    let images = 0;
    for await (const { broken, ...batch } of batches) {
      for (const image of broken) this.skip(image);
      images += batch.size;
      if (batch.size > 0) yield batch;
    }
    if (isWhole && images === 0) fail(this.options.name, "an epoch must have at least one image", "none");
  }

  /** Notes a broken image; fails if it must not be left out. */
  private skip({ path, reason, found }: BrokenImage): void {
    if (!found) fail(`image ${path}`, "must be a file that can be read", reason);
    const hint = 'onBroken: "skip" leaves such images out and lists them in loader.broken';
    if (this.options.onBroken === "fail") fail(`image ${path}`, "must be intact", reason, hint);
    this.skipped.add(path);
    const { mostBroken, name } = this.options;
    const count = this.recipe.source.labels.length;
    if (this.skipped.size <= mostBroken * count) return;
    const rule = `at most ${100 * mostBroken} % of its ${count} images may be broken`;
    fail(name, rule, this.skipped.size, `the latest is ${path}: ${reason}`);
  }

  private async *ahead(epoch: number, from: number, signal: AbortSignal | undefined): AsyncGenerator<Assembled> {
    if (this.closed) fail("loader", "must be open", "closed");
    yield* this.idleThread().batches(epoch, from, this.options.prefetch, signal);
  }

  private idleThread(): LoaderThread {
    this.threads = this.threads.filter(({ alive }) => alive);
    const idle = this.threads.find(({ busy }) => !busy);
    if (idle) return idle;
    const thread = new LoaderThread(shared(this.recipe));
    this.threads.push(thread);
    return thread;
  }

  private async *here(epoch: number, from: number, signal: AbortSignal | undefined): AsyncGenerator<Assembled> {
    this.inline ??= new Assembler(this.recipe);
    for (let index = from; index < this.batchesPerEpoch; index++) {
      signal?.throwIfAborted();
      if (this.closed) fail("loader", "must be open while an epoch is under way", "closed");
      yield await this.inline.batch(epoch, index);
    }
  }
}

function checkEpoch(epoch: number): void {
  if (!Number.isSafeInteger(epoch) || epoch < 0) fail("epoch", "must be an integer from 0", epoch);
}

/** Copies that threads share, by the original bytes, so that loaders of the same data share one copy. */
const copies = new WeakMap<Uint8Array, Uint8Array>();

/** The recipe with its images in memory that threads can share. */
function shared(recipe: Recipe): Recipe {
  const { source } = recipe;
  if (source.kind !== "memory" || source.images.buffer instanceof SharedArrayBuffer) return recipe;
  let images = copies.get(source.images);
  if (!images) {
    images = sharedBytes(source.images.length);
    images.set(source.images);
    copies.set(source.images, images);
  }
  return { ...recipe, source: { ...source, images } };
}
