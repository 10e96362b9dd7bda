/** What a training asks of the data that it is given: a loader of the library, or one of the user's own. */
import type { LoadedBatch, Loader } from "../data";
import { fail, show } from "../util";

/**
 * Mini-batches for a training: a loader from `createLoader`, or any object with these. `epoch` gives the batches from number `from` on, the same ones
 * whenever it is asked. With `whole` and `order`, an engine with memory of its own keeps all images there.
 */
export type TrainingData = Pick<Loader, "shape" | "batchSize" | "batchesPerEpoch" | "epoch"> &
  Partial<Pick<Loader, "whole" | "order">>;

/** @throws NonsmoothError for what is no loader */
export function checkData(what: string, given: unknown): asserts given is TrainingData {
  const { epoch, shape, batchesPerEpoch } = (typeof given === "object" && given ? given : {}) as Partial<TrainingData>;
  if (typeof epoch !== "function") {
    const rule = `must be a loader${what === "test" ? ", or be absent" : ""}`;
    fail(what, rule, nameOf(given), "createLoader({ dataset, batchSize }) makes one from a dataset");
  }
  const isLength = (n: unknown) => Number.isSafeInteger(n) && (n as number) > 0;
  if (!Array.isArray(shape) || shape.length !== 3 || !shape.every(isLength)) {
    fail(`${what}, shape`, "must be [height, width, channels]", shape);
  }
  if (!isLength(batchesPerEpoch)) fail(`${what}, batchesPerEpoch`, "must be a positive integer", batchesPerEpoch);
}

/** A dataset is too large for a message. */
const nameOf = (given: unknown) => (typeof given === "object" ? (given as { name?: unknown } | null)?.name : given);

/** @throws NonsmoothError for a batch of another shape or type than the loader says */
export function checkBatch(batch: LoadedBatch, { shape, batchesPerEpoch }: TrainingData): void {
  const { index, inputs, labels, size } = (batch ?? {}) as Partial<LoadedBatch>;
  if (!Number.isInteger(index) || index! < 0 || index! >= batchesPerEpoch) {
    fail("loader", `index of a batch must be from 0 to ${batchesPerEpoch - 1}, of batchesPerEpoch`, index);
  }
  const what = `loader, batch ${index}`;
  if (!Number.isSafeInteger(size) || size! < 1) fail(what, "size must be a positive integer", size);
  const length = shape.reduce((product, n) => product * n, size!);
  if (!(inputs instanceof Float32Array) || inputs.length !== length) {
    fail(what, `inputs must be a Float32Array of ${[size, ...shape].join(" × ")} numbers`, new Kind(inputs));
  }
  if (!(labels instanceof Int32Array) || labels.length !== size) {
    fail(what, `labels must be an Int32Array of ${size}`, new Kind(labels));
  }
}

/** What an array is, without its elements, for a message. */
class Kind {
  constructor(private readonly value: unknown) {}

  toJSON(): string {
    const { value } = this;
    if (typeof value !== "object" || value === null) return show(value);
    const { length } = value as { length?: unknown };
    return `${value.constructor?.name ?? "object"}${length === undefined ? "" : ` of ${length}`}`;
  }
}
