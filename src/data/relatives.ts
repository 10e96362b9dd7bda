/** Datasets that are easily taken for others: recognised by the names of their files, and named in errors. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Files that are there, but of another dataset or in another format. */
export interface Relative {
  /** Below a data folder. */
  readonly path: string;
  /** What it is, and what to do: a sentence without its subject. */
  readonly is: string;
}

/** "found …/cifar-10-batches-py, which is CIFAR-10's Python version: …; " or nothing: the beginning of a hint. */
export function foundRelative(places: readonly string[], relatives: readonly Relative[]): string {
  for (const { path, is } of relatives) {
    const found = places.map((place) => join(place, path)).find((candidate) => existsSync(candidate));
    if (found !== undefined) return `found ${found}, which is ${is}; `;
  }
  return "";
}
