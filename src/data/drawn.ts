/**
 * Datasets that are drawn by a procedure, for use when no file is at hand. An image depends only on the dataset's name, the seed,
 * the split and its index.
 */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { fail, type Stream, stream } from "../util";
import { checkCount, checkSplit } from "./select";
import type { DataSource, Dataset, LoadOptions, Split } from "./types";

/** Length of a block of labels; each block has every class equally often. */
const BLOCK = 100;
/** Images drawn between two turns of the event loop: about 0.1 s. */
const CHUNK = 4_000;

/** What is drawn. */
export interface Drawing {
  /** The dataset's name. */
  readonly name: string;
  readonly summary: string;
  /** Its name in captions. */
  readonly title: string;
  readonly counts: DataSource["counts"];
  /** [height, width, channels] */
  readonly shape: Dataset["shape"];
  /** How many classes; a divisor of 100. */
  readonly classes: number;
  /** Draws an image of a class into its bytes, which are initially 0. */
  readonly draw: (label: number, random: Stream, image: Uint8Array) => void;
}

export interface DrawnOptions {
  /** The images of different splits are independent. */
  readonly split: Split;
  /** How many; default and maximum: the size of the split. */
  readonly count?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Draws a part of a dataset at once. @throws NonsmoothError for an unknown split, or a count out of range */
export function draw(drawing: Drawing, options: DrawnOptions): Dataset {
  const sheet = new Sheet(drawing, options);
  sheet.draw(sheet.count);
  return sheet.dataset();
}

/** A drawing with seed 0 as a source; drawn without blocking the event loop for long. */
export function drawnSource(drawing: Drawing): DataSource {
  const { name, summary, shape, classes, counts } = drawing;
  return {
    name,
    summary,
    shape,
    classes,
    counts,
    available: ({ split }) => Object.hasOwn(counts, split),
    async load({ split, count }: LoadOptions): Promise<Dataset> {
      const sheet = new Sheet(drawing, { split, count });
      while (sheet.drawn < sheet.count) {
        sheet.draw(CHUNK);
        await setImmediate();
      }
      return sheet.dataset();
    },
  };
}

/** A dataset that is being drawn. */
class Sheet {
  readonly count: number;
  drawn = 0;
  private readonly split: Split;
  private readonly seed: number;
  private readonly size: number;
  private readonly images: Uint8Array;
  private readonly labels: Uint8Array;

  constructor(
    private readonly drawing: Drawing,
    { split, count, seed = 0 }: DrawnOptions,
  ) {
    const { counts, shape } = drawing;
    checkSplit(split, counts);
    if (!Number.isSafeInteger(seed)) fail("seed", "must be an integer", seed);
    this.count = count ?? counts[split]!;
    checkCount(this.count, counts[split]!);
    this.split = split;
    this.seed = seed;
    this.size = shape[0] * shape[1] * shape[2];
    this.images = new Uint8Array(this.count * this.size);
    this.labels = new Uint8Array(this.count);
  }

  /** Draws the next `many` images. */
  draw(many: number): void {
    const { size } = this;
    const { name, draw } = this.drawing;
    for (const end = Math.min(this.count, this.drawn + many); this.drawn < end; this.drawn++) {
      const index = this.drawn;
      if (index % BLOCK === 0) this.deal(index);
      const random = stream(this.seed, name, this.split, index);
      draw(this.labels[index]!, random, this.images.subarray(index * size, (index + 1) * size));
    }
  }

  /** The labels of the block that begins at `first`. */
  private deal(first: number): void {
    const { name, classes } = this.drawing;
    const cards = stream(this.seed, name, this.split, "labels", first / BLOCK).permutation(BLOCK);
    const labels = this.labels.subarray(first, first + BLOCK);
    for (let i = 0; i < labels.length; i++) labels[i] = cards[i]! % classes;
  }

  dataset(): Dataset {
    const { split, count, seed, images, labels } = this;
    const { name, title, shape, classes } = this.drawing;
    const sha256 = createHash("sha256").update(images).update(labels).digest("hex");
    return {
      name,
      split,
      count,
      shape,
      images,
      labels,
      classes,
      description: `${title}, ${split} split, seed ${seed}, ${count} images`,
      files: [{ name: `${name}-${split}-seed${seed} (drawn)`, bytes: images.length + labels.length, sha256 }],
    };
  }
}
