/** Mini-batches from images: the work of a loader, in its worker or in the caller's thread. */
import { join } from "node:path";
import { stream } from "../util";
import { type BrokenImage, decodeImage } from "./decode";
import type { ByteImage } from "./resample";
import { normaliser, numberNormaliser, type Transform, transformImage } from "./transforms";

/** Everything the batches depend on; structured clone takes it to a worker. */
export interface Recipe {
  readonly source: MemoryImages | MemoryNumbers | FileImages;
  readonly transforms: readonly Transform[];
  /** [height, width, channels] after the transforms. */
  readonly shape: readonly [number, number, number];
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  readonly seed: number;
  readonly shuffle: boolean;
}

interface MemoryImages {
  readonly kind: "memory";
  /** [height, width, channels] */
  readonly shape: readonly [number, number, number];
  readonly images: Uint8Array;
  readonly labels: ArrayLike<number>;
}

interface MemoryNumbers extends Omit<MemoryImages, "kind" | "images"> {
  readonly kind: "numbers";
  readonly images: Float32Array;
}

interface FileImages {
  readonly kind: "folder";
  readonly directory: string;
  readonly paths: readonly string[];
  readonly labels: ArrayLike<number>;
}

/** A finished batch. */
export interface Assembled {
  /** Its number in the epoch. */
  readonly index: number;
  /** [size × height × width × channels] */
  readonly inputs: Float32Array;
  /** [size] */
  readonly labels: Int32Array;
  /** The number of images, without the broken ones. */
  readonly size: number;
  readonly broken: readonly BrokenImage[];
}

/** Images being decoded: as many as Node decodes at once (libuv's threads). */
const AHEAD = 4;

/** The order of the images in an epoch: a new permutation for each epoch, or as stored. */
export function epochOrder(recipe: Pick<Recipe, "seed" | "shuffle" | "source">, epoch: number): Uint32Array {
  const count = recipe.source.labels.length;
  if (recipe.shuffle) return stream(recipe.seed, "shuffle", epoch).permutation(count);
  return Uint32Array.from({ length: count }, (_, i) => i);
}

export class Assembler {
  private readonly normalise;
  private readonly normaliseNumbers;
  /** Numbers in one input. */
  private readonly features: number;
  private last: { readonly epoch: number; readonly order: Uint32Array } | undefined;

  constructor(private readonly recipe: Recipe) {
    const [height, width, channels] = recipe.shape;
    this.features = height * width * channels;
    this.normalise = normaliser(recipe.transforms, channels);
    this.normaliseNumbers = numberNormaliser(recipe.transforms, channels);
  }

  /** Batch number `index` of an epoch; a function only of the recipe and these two numbers. */
  async batch(epoch: number, index: number): Promise<Assembled> {
    const { batchSize, seed, transforms, source } = this.recipe;
    const members = this.order(epoch).subarray(index * batchSize, (index + 1) * batchSize);
    const inputs = new Float32Array(members.length * this.features);
    const labels = new Int32Array(members.length);
    if (source.kind === "numbers") {
      for (const [i, member] of members.entries()) {
        const numbers = source.images.subarray(member * this.features, (member + 1) * this.features);
        this.normaliseNumbers(numbers, inputs, i * this.features);
        labels[i] = source.labels[member]!;
      }
      return { index, inputs, labels, size: members.length, broken: [] };
    }
    const broken: BrokenImage[] = [];
    let size = 0;
    for await (const [member, image] of this.images(source, members)) {
      if ("reason" in image) {
        broken.push(image);
        continue;
      }
      const { bytes } = transformImage(image, transforms, stream(seed, "augmentation", epoch, member));
      this.normalise(bytes, inputs, size * this.features);
      labels[size++] = source.labels[member]!;
    }
    if (broken.length === 0) return { index, inputs, labels, size, broken };
    return { index, inputs: inputs.slice(0, size * this.features), labels: labels.slice(0, size), size, broken };
  }

  private order(epoch: number): Uint32Array {
    if (this.last?.epoch !== epoch) this.last = { epoch, order: epochOrder(this.recipe, epoch) };
    return this.last.order;
  }

  /** The images in their order, while the next ones are being decoded. */
  private async *images(
    source: MemoryImages | FileImages,
    members: Uint32Array,
  ): AsyncGenerator<[member: number, ByteImage | BrokenImage]> {
    const coming: Promise<ByteImage | BrokenImage>[] = [];
    let next = 0;
    for (const member of members) {
      for (; next < members.length && coming.length < AHEAD; next++) {
        const image = this.image(source, members[next]!);
        // an image that fails is reported when its turn comes, if it comes
        image.catch(() => {});
        coming.push(image);
      }
      yield [member, await coming.shift()!];
    }
  }

  private async image(source: MemoryImages | FileImages, member: number): Promise<ByteImage | BrokenImage> {
    if (source.kind === "folder") return decodeImage(join(source.directory, source.paths[member]!));
    const [height, width, channels] = source.shape;
    const size = height * width * channels;
    return { height, width, channels, bytes: source.images.subarray(member * size, (member + 1) * size) };
  }
}
