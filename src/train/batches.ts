/** Mini-batches as a program's feeds: uploaded one by one, or rows of images that are already on the device. */
import type { LoadedBatch } from "../data";
import { disposeAll, type Engine, type Feeds, type Held, holdAll } from "../engines";
import type { FormatName } from "../formats";
import { converted, type Tensor, wrap } from "../ir";
import { checkBatch, type TrainingData } from "./check-data";

export interface FedBatch {
  /** Its number in the epoch, from 0. */
  readonly index: number;
  readonly size: number;
  /** [size] */
  readonly labels: Int32Array;
  /** `x` and `labels`, or `images` and `all labels` with `rows`. */
  readonly feeds: Feeds;
}

export interface BatchSource {
  /** Number of images on the device, from which batches are taken as rows; undefined if batches are uploaded. */
  readonly images: number | undefined;
  /** The batches of an epoch, starting at a given one. */
  epoch(epoch: number, options?: { readonly from?: number; readonly signal?: AbortSignal }): AsyncIterable<FedBatch>;
  dispose(): void;
}

/** Limit for the bytes of images kept on a device. */
const LIMIT = 2 ** 30;

/**
 * The batches of a loader for an engine. If tensors have to be copied to the engine's device, and the images are the same
 * in every epoch and take at most 1 GiB, the images and their labels are copied once and stay there until `dispose`.
 */
export async function batchSource(loader: TrainingData, engine: Engine, format: FormatName): Promise<BatchSource> {
  if (engine.memory === "device" && loader.whole && loader.order) {
    const whole = await loader.whole(Math.min(LIMIT, engine.largestTensor ?? LIMIT));
    if (whole) {
      const all = { images: imagesOf(whole, loader, format), "all labels": indices(whole.labels) };
      return heldBatches(loader as Whole, await holdAll(engine, all), whole.labels);
    }
  }
  return uploadedBatches(loader, format);
}

/** With an order in which its images are taken. */
type Whole = TrainingData & Required<Pick<TrainingData, "order">>;

function imagesOf({ inputs, size }: LoadedBatch, { shape }: TrainingData, format: FormatName): Tensor {
  return converted(format, inputs, [size, ...shape]);
}

const indices = (list: Int32Array) => wrap("i32", list, [list.length]);

function uploadedBatches(loader: TrainingData, format: FormatName): BatchSource {
  return {
    images: undefined,
    async *epoch(epoch, options) {
      for await (const batch of loader.epoch(epoch, options)) {
        checkBatch(batch, loader);
        const { index, size, labels } = batch;
        yield { index, size, labels, feeds: { x: imagesOf(batch, loader, format), labels: indices(labels) } };
      }
    },
    dispose() {},
  };
}

function heldBatches(loader: Whole, held: Readonly<Record<string, Held>>, allLabels: Int32Array): BatchSource {
  const { batchSize, batchesPerEpoch } = loader;
  return {
    images: allLabels.length,
    async *epoch(epoch, { from = 0, signal } = {}) {
      const order = loader.order(epoch);
      for (let index = from; index < batchesPerEpoch; index++) {
        signal?.throwIfAborted();
        const rows = Int32Array.from(order.subarray(index * batchSize, (index + 1) * batchSize));
        const labels = rows.map((row) => allLabels[row]!);
        yield { index, size: rows.length, labels, feeds: { ...held, rows: indices(rows) } };
      }
    },
    dispose: () => disposeAll(held),
  };
}
