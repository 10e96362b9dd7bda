/** Whether images and labels are what they say: for datasets that a caller makes. */
import { isFloat32Array, isUint8Array } from "node:util/types";
import { fail } from "../util";
import type { ImageFolder } from "./image-folder";
import type { Dataset, NumberDataset } from "./types";

const TO_BYTES =
  "from numbers in [0, 1]: Uint8Array.from(images, (x) => Math.round(255 * x)); arrays({ inputs, labels, shape }) takes numbers as they are";

/** @throws NonsmoothError unless there are as many images and labels as `count` says, images are bytes or finite numbers, and each label is a class */
export function checkImages(images: Dataset | NumberDataset | ImageFolder): void {
  const { name, count } = images;
  if (!Number.isSafeInteger(count) || count < 1) fail(`${name} count`, "must be a positive integer", count);
  if (!("kind" in images)) checkBytes(images);
  else if (images.kind === "folder") checkLength(`${name} paths`, images.paths, count, `${count}`);
  else checkNumbers(images);
  checkLabels(images);
}

function checkBytes(dataset: Dataset): void {
  const { name, images } = dataset;
  // also one of another context, as notebooks have them
  if (!isUint8Array(images)) {
    fail(`${name} images`, "must be bytes, a Uint8Array", (images as object | undefined)?.constructor.name, TO_BYTES);
  }
  checkSize(dataset);
}

function checkNumbers(dataset: NumberDataset): void {
  const { name, images, count } = dataset;
  if (!isFloat32Array(images)) {
    fail(`${name} images`, "must be numbers, a Float32Array", (images as object | undefined)?.constructor.name);
  }
  checkSize(dataset);
  const wrong = images.findIndex((x) => !Number.isFinite(x));
  if (wrong < 0) return;
  const size = images.length / count;
  const place = `it is number ${wrong % size} of input ${Math.floor(wrong / size)}, both from 0`;
  fail(`${name} inputs`, "must be finite in 32 bits", images[wrong], place);
}

function checkSize({ name, count, shape, images }: Dataset | NumberDataset): void {
  if (shape?.length !== 3 || shape.some((length) => !Number.isSafeInteger(length) || length < 1)) {
    fail(`${name} shape`, "must be [height, width, channels]", shape);
  }
  const product = [count, ...shape];
  checkLength(
    `${name} images`,
    images,
    product.reduce((a, b) => a * b),
    product.join(" × "),
  );
}

function checkLabels({ name, count, labels, classes }: Dataset | NumberDataset | ImageFolder): void {
  checkLength(`${name} labels`, labels, count, `${count}`);
  for (let i = 0; i < count; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    fail(`${name} labels`, `must be 0 to ${classes - 1}`, label, `it is the label of image ${i}, from 0`);
  }
}

function checkLength(what: string, values: { readonly length: number }, expected: number, text: string): void {
  if (values?.length !== expected) fail(what, `must hold ${text} values`, values?.length);
}
