/** Parts of datasets. */
import { fail, stream } from "../util";
import { sharedBytes, sharedFloats } from "./shared-bytes";
import type { DataSource, Dataset, NumberDataset, Split } from "./types";

/** The first `count` images of a dataset, without a copy; all of them if `count` is undefined. */
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

/**
 * Splits a dataset in two at random, each class in the same proportion: a part to train on, and a held-out part
 * for choosing settings (learning rates, when to stop), so that no choice sees test data. Both keep the order of the
 * dataset. Each image is copied once, to memory that threads can share.
 *
 * @param amount the size of the held-out part: a share in (0, 1), rounded to whole images, or a number of images
 * @param seed the same seed holds out the same images
 * @throws NonsmoothError if one of the two would be empty
 * @example
 * ```ts
 * import { glyphs, holdOut } from "nonsmooth";
 *
 * const [training, validation] = holdOut(glyphs({ split: "train", count: 500 }), 0.1, 1);
 * console.log(training.count, validation.count); // 450 50
 * ```
 */
export function holdOut<D extends Dataset | NumberDataset>(
  dataset: D,
  amount: number,
  seed: number,
): [training: D, validation: D] {
  const most = dataset.count - 1;
  const count = amount > 0 && amount < 1 ? Math.round(amount * dataset.count) : amount;
  if (!Number.isInteger(count) || count < 1 || count > most) {
    fail(
      "hold-out",
      `must be a share in (0, 1) or a number of images from 1 to ${most}, and both parts must have images`,
      amount,
    );
  }
  const held = new Uint8Array(dataset.count);
  const members = membersOf(dataset);
  const shares = proportional(
    members.map((indices) => indices.length),
    count,
  );
  for (const [label, indices] of members.entries()) {
    const order = stream(seed, "hold-out", label).permutation(indices.length);
    for (let i = 0; i < shares[label]!; i++) held[indices[order[i]!]!] = 1;
  }
  const note = `${count} held out of ${dataset.count} by class (seed ${seed})`;
  return [
    pick(dataset, held, 0, dataset.count - count, `without ${note}`),
    pick(dataset, held, 1, count, `the ${note}`),
  ];
}

/** For each class the indices of its images, ascending. */
function membersOf({ labels, classes }: Dataset | NumberDataset): number[][] {
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < labels.length; i++) members[labels[i]!]!.push(i);
  return members;
}

/** Whole numbers that add up to `total`, as nearly as possible in proportion to `sizes`: largest remainders first. */
function proportional(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (size * total) / all);
  const shares = exact.map(Math.floor);
  const remainder = (i: number) => exact[i]! - shares[i]!;
  const neediest = [...sizes.keys()].sort((a, b) => remainder(b) - remainder(a) || a - b);
  const left = total - shares.reduce((sum, share) => sum + share, 0);
  for (const i of neediest.slice(0, left)) shares[i]!++;
  return shares;
}

/** The `count` images whose mark is `mark`. */
function pick<D extends Dataset | NumberDataset>(
  dataset: D,
  marks: Uint8Array,
  mark: number,
  count: number,
  note: string,
): D {
  const size = dataset.images.length / dataset.count;
  const images = "kind" in dataset ? sharedFloats(count * size) : sharedBytes(count * size);
  const labels = new Uint8Array(count);
  let to = 0;
  for (let i = 0; i < dataset.count; i++) {
    if (marks[i] !== mark) continue;
    images.set(dataset.images.subarray(i * size, (i + 1) * size), to * size);
    labels[to++] = dataset.labels[i]!;
  }
  return { ...dataset, count, images, labels, description: `${dataset.description}, ${note}` };
}

/** Refuses splits that are named for a dataset whose files come together. */
export function refuseSplits(name: string, splits: readonly Split[] | undefined): void {
  if (splits) fail(`${name}, splits`, "must not be named: its files come together", splits);
}

/** Refuses a number of images that is not an integer from 1 to `most`. */
export function checkCount(count: number, most: number): void {
  if (!Number.isInteger(count) || count < 1 || count > most) {
    fail("count", `must be an integer from 1 to ${most}`, count);
  }
}

/** Refuses a split that a source does not have. */
export function checkSplit<Counts extends DataSource["counts"]>(
  split: Split,
  counts: Counts,
): asserts split is Split & keyof Counts {
  if (Object.hasOwn(counts, split)) return;
  const names = Object.keys(counts);
  fail("split", `must be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`, split);
}
