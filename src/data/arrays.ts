/** Datasets from a user's own arrays. */
import { isBigInt64Array, isBigUint64Array, isUint8Array, isUint8ClampedArray } from "node:util/types";
import { fail } from "../util";
import { checkImages } from "./check-images";
import { sharedBytes, sharedFloats } from "./shared-bytes";
import type { Dataset, NumberDataset, Split } from "./types";

/** Classes that a label of a dataset in memory, a byte, can tell apart. */
const MOST_CLASSES = 256;

type Bytes = Uint8Array | Uint8ClampedArray;

export interface ArraysOptions<Inputs = ArrayLike<number> | readonly ArrayLike<number>[]> {
  /** All inputs one after another, row-major, or an array with one array for each input. Bytes are pixels, everything else is numbers. */
  readonly inputs: Inputs;
  /** The class of each input, from 0. */
  readonly labels: ArrayLike<number>;
  /** Of one input: [height, width, channels], [height, width], or [features], which becomes [1, 1, features]. */
  readonly shape: readonly number[];
  /** Default: the largest label plus 1. Name it where a part of the data may lack a class. At most 256. */
  readonly classes?: number;
  /** In errors and captions; default `arrays`. */
  readonly name?: string;
  /** Default `train`. */
  readonly split?: Split;
  /** One line for captions; default: the name and the number of inputs. */
  readonly description?: string;
}

/**
 * A dataset from arrays, for `createLoader`, `Batches` and `holdOut`; everything is copied.
 *
 * Bytes, a Uint8Array, are pixels from 0 to 255: a loader gives pixel/255. Other numbers (Float32Array, Float64Array, plain arrays) are given as they
 * are, rounded to 32 bits; of the transforms they take `normalise` only, which gives (x − mean)/std.
 *
 * @throws NonsmoothError for inputs or labels that are too few or too many, an input that is not finite, a label that is not a class
 * @example
 * ```ts
 * import { arrays, createLoader } from "nonsmooth";
 *
 * const dataset = arrays({ inputs: [[0, 1], [1, 1], [2, -1]], labels: [0, 0, 1], shape: [2] });
 * const data = createLoader({ dataset, batchSize: 2, worker: false });
 * for await (const { inputs, labels } of data.epoch(0)) console.log([...inputs], [...labels]); // [ 0, 1, 1, 1 ] [ 0, 0 ]
 * // [ 2, -1 ] [ 1 ]
 * ```
 */
export function arrays(options: ArraysOptions<Bytes>): Dataset;
export function arrays(options: ArraysOptions): Dataset | NumberDataset;
export function arrays(options: ArraysOptions): Dataset | NumberDataset {
  const { name = "arrays", split = "train", inputs } = options;
  requireArray(`${name} inputs`, inputs);
  requireArray(`${name} labels`, options.labels);
  const count = options.labels.length;
  if (count === 0) fail(`${name} labels`, "must hold at least one label", "none");
  const { description = `${name}, ${count} inputs` } = options;
  const shape = imageShape(name, options.shape);
  const classes = classesOf(name, options);
  // a label that is not a byte is refused before it is stored as one
  const common = { name, split, count, shape, classes, description, files: [], labels: options.labels as Uint8Array };
  const pixels = pixelsOf(name, inputs, shape);
  const dataset: Dataset | NumberDataset = pixels
    ? { ...common, images: pixels }
    : { ...common, kind: "numbers", images: numbersOf(name, inputs, shape) };
  checkImages(dataset);
  return { ...dataset, labels: Uint8Array.from(options.labels) };
}

function imageShape(name: string, shape: readonly number[]): Dataset["shape"] {
  const isCount = (n: number) => Number.isSafeInteger(n) && n > 0;
  if (Array.isArray(shape) && shape.every(isCount)) {
    if (shape.length === 1) return [1, 1, shape[0]!];
    if (shape.length === 2) return [shape[0]!, shape[1]!, 1];
    if (shape.length === 3) return [shape[0]!, shape[1]!, shape[2]!];
  }
  return fail(`${name} shape`, "must be [height, width, channels], [height, width] or [features]", shape);
}

function classesOf(name: string, { labels, classes }: ArraysOptions): number {
  if (classes !== undefined) {
    if (Number.isInteger(classes) && classes >= 1 && classes <= MOST_CLASSES) return classes;
    return fail(`${name} classes`, `must be an integer from 1 to ${MOST_CLASSES}`, classes);
  }
  let largest = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i]! > largest) largest = labels[i]!;
  return Math.min(Math.floor(largest) + 1, MOST_CLASSES);
}

function requireArray(what: string, values: ArrayLike<unknown>): void {
  const hasNumbers = ArrayBuffer.isView(values) && "length" in values && !isBigInt64(values);
  if (Array.isArray(values) || hasNumbers) return;
  fail(what, "must be an array or a typed array", isBigInt64(values) ? values.constructor.name : values);
}

const isBigInt64 = (values: unknown): values is BigInt64Array | BigUint64Array =>
  isBigInt64Array(values) || isBigUint64Array(values);

const isBytes = (inputs: unknown): inputs is Bytes => isUint8Array(inputs) || isUint8ClampedArray(inputs);

/** Bytes as one array, given as one or input by input; undefined for other numbers. */
function pixelsOf(name: string, inputs: ArraysOptions["inputs"], shape: Dataset["shape"]): Uint8Array | undefined {
  if (isBytes(inputs)) return copied(inputs, sharedBytes(inputs.length));
  const rows = Array.from(inputs as ArrayLike<unknown>);
  const other = rows.findIndex((row) => !isBytes(row));
  if (rows.length === 0 || other === 0) return undefined;
  if (other > 0) fail(`${name} input ${other}`, "must be bytes as the inputs before it are", rows[other]);
  const size = shape.reduce((a, b) => a * b);
  for (const [i, row] of (rows as Bytes[]).entries()) requireSize(`${name} input ${i}`, row, shape);
  const images = sharedBytes(rows.length * size);
  for (const [i, row] of (rows as Bytes[]).entries()) images.set(row, i * size);
  return images;
}

/** All inputs as one array. */
function numbersOf(name: string, inputs: ArraysOptions["inputs"], shape: Dataset["shape"]): Float32Array {
  if (typeof inputs[0] !== "object") {
    requireNumbers(`${name} inputs`, inputs as ArrayLike<number>);
    return copied(inputs as ArrayLike<number>, sharedFloats(inputs.length));
  }
  const rows = inputs as readonly ArrayLike<number>[];
  const size = shape.reduce((a, b) => a * b);
  for (const [i, row] of rows.entries()) {
    const what = `${name} input ${i}`;
    requireArray(what, row);
    requireSize(what, row, shape);
    requireNumbers(what, row);
  }
  // memory is taken for a shape that the inputs have
  const images = sharedFloats(rows.length * size);
  for (const [i, row] of rows.entries()) images.set(row, i * size);
  return images;
}

function requireSize(what: string, { length }: ArrayLike<number>, shape: Dataset["shape"]): void {
  if (length !== shape.reduce((a, b) => a * b)) fail(what, `must hold ${shape.join(" × ")} values`, length);
}

/** Elements of plain arrays may be anything, and would be made numbers silently. */
function requireNumbers(what: string, values: ArrayLike<number>): void {
  if (ArrayBuffer.isView(values)) return;
  for (let i = 0; i < values.length; i++) {
    const big = typeof values[i] === "bigint" ? ", not BigInts" : "";
    if (typeof values[i] !== "number") fail(what, `must hold numbers${big}`, values[i], `it is element ${i}, from 0`);
  }
}

function copied<T extends Uint8Array | Float32Array>(values: ArrayLike<number>, to: T): T {
  to.set(values);
  return to;
}
