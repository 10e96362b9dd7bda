/** The network and the data that every program gets, as files: IDX for images and labels, raw f32 for the parameters. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Dataset, initialise, loadDataset, mlp, stream } from "nonsmooth";

/** 784-256-256-256-10, the paper's network. */
export const NETWORK = { inputs: 784, hidden: [256, 256, 256], classes: 10 };
/** Neurons from the inputs to the classes. */
export const WIDTHS = [NETWORK.inputs, ...NETWORK.hidden, NETWORK.classes];
export const BATCH = 256;

/** Floating-point operations of one forward pass of a batch: 2·B·Σ inputs·outputs. */
export const FORWARD_FLOPS = WIDTHS.slice(1).reduce((sum, width, i) => sum + 2 * BATCH * WIDTHS[i]! * width, 0);

/** Paths of the files, and what is in them. */
export interface Problem {
  readonly images: string;
  readonly labels: string;
  readonly parameters: string;
  /** Name of the dataset, `mnist` or `glyphs`. */
  readonly dataset: string;
  readonly count: number;
}

/** Writes the training images (MNIST, or glyphs where it is absent), their labels and freshly drawn parameters. */
export async function writeProblem(
  folder: string,
  options: { data?: string; note: (line: string) => void },
): Promise<Problem> {
  const dataset = await loadDataset("auto", { split: "train", directory: options.data, log: options.note });
  const [images, labels, parameters] = ["images.idx", "labels.idx", "parameters.f32"].map((name) => join(folder, name));
  const [, height, width] = dataset.shape;
  writeFileSync(images!, idx(dataset.images, [dataset.count, height, width]));
  writeFileSync(labels!, idx(dataset.labels, [dataset.count]));
  writeFileSync(parameters!, drawnParameters());
  return { images: images!, labels: labels!, parameters: parameters!, dataset: dataset.name, count: dataset.count };
}

/** An array of bytes in the IDX format. */
function idx(bytes: Dataset["images"], dimensions: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt32BE(0x0800 + dimensions.length);
  for (const [i, n] of dimensions.entries()) header.writeUInt32BE(n, 4 + 4 * i);
  return Buffer.concat([header, bytes]);
}

/** Weight [outputs, inputs] and bias [outputs] of one layer after the other, little-endian f32. */
function drawnParameters(): Buffer {
  const drawn = Object.values(initialise(mlp(NETWORK), "f32", stream(1, "bench")));
  return Buffer.concat(drawn.map(({ data }) => new Uint8Array((data as Float32Array).buffer)));
}

/** The first mini-batch and the parameters, as arrays. */
export interface Batch {
  /** [B, 784], in [0, 1] */
  readonly x: Float32Array;
  readonly labels: Int32Array;
  /** Weight [outputs, inputs], bias [outputs], layer by layer. */
  readonly parameters: readonly Float32Array[];
}

/** Reads what `writeProblem` wrote. */
export function readBatch({ images, labels, parameters }: Pick<Problem, "images" | "labels" | "parameters">): Batch {
  const pixels = readFileSync(images).subarray(16, 16 + BATCH * NETWORK.inputs);
  const all = new Float32Array(new Uint8Array(readFileSync(parameters)).buffer);
  let start = 0;
  const take = (size: number) => {
    start += size;
    return all.slice(start - size, start);
  };
  return {
    x: Float32Array.from(pixels, (pixel) => pixel / 255),
    labels: Int32Array.from(readFileSync(labels).subarray(8, 8 + BATCH)),
    parameters: WIDTHS.slice(1).flatMap((width, i) => [take(width * WIDTHS[i]!), take(width)]),
  };
}
