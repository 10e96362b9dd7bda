/** Whether images and labels are what they say: for datasets that a caller makes. */
import { isUint8Array } from "node:util/types";
import { fail } from "../util";
import type { ImageFolder } from "./image-folder";
import type { Dataset } from "./types";

const TO_BYTES = "from numbers in [0, 1]: Uint8Array.from(images, (x) => Math.round(255 * x))";

/** @throws NonsmoothError unless there are as many images and labels as `count` says, images are bytes, and each label is a class */
export function checkImages(images: Dataset | ImageFolder): void {
  const { name, count } = images;
  if (!Number.isSafeInteger(count) || count < 1) fail(`${name} count`, "must be a positive integer", count);
  if ("kind" in images) checkLength(`${name} paths`, images.paths, count, `${count}`);
  else checkBytes(images);
  checkLabels(images);
}

function checkBytes({ name, count, shape, images }: Dataset): void {
  if (shape?.length !== 3 || shape.some((length) => !Number.isSafeInteger(length) || length < 1)) {
    fail(`${name} shape`, "must be [height, width, channels]", shape);
  }
  // also one of another context, as notebooks have them
  if (!isUint8Array(images)) {
    fail(`${name} images`, "must be bytes, a Uint8Array", (images as object | undefined)?.constructor.name, TO_BYTES);
  }
  const product = [count, ...shape];
  checkLength(
    `${name} images`,
    images,
    product.reduce((a, b) => a * b),
    product.join(" × "),
  );
}

function checkLabels({ name, count, labels, classes }: Dataset | ImageFolder): void {
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
