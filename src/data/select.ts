/** Parts of datasets. */
import { fail } from "../util";
import type { Dataset } from "./types";

/** The first `count` images of a dataset, without a copy; all of them where `count` is undefined. */
export function firstImages(count: number | undefined, dataset: Dataset): Dataset {
  if (count === undefined || count === dataset.count) return dataset;
  checkCount(count, dataset.count);
  const size = dataset.images.length / dataset.count;
  return {
    ...dataset,
    count,
    images: dataset.images.subarray(0, count * size),
    labels: dataset.labels.subarray(0, count),
    description: `${dataset.description}, the first ${count}`,
  };
}

/** Refuses a number of images that is no integer from 1 to `most`. */
export function checkCount(count: number, most: number): void {
  if (!Number.isInteger(count) || count < 1 || count > most) {
    fail("count", `must be an integer from 1 to ${most}`, count);
  }
}
