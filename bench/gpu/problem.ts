/** The networks that are trained, and what every program trains them on, as files of plain numbers. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createNetwork, type FormatName, initialise, type Layer, mlp, stream } from "nonsmooth";
import { size } from "./library";

/** Networks for images of 32 × 32 × 3: the paper's, and the multilayer perceptron for 28 × 28. */
export const NETWORKS = ["vgg11", "resnet18"] as const;
export type Trained = (typeof NETWORKS)[number];

export interface Sizes {
  readonly batch: number;
  /** Channels of the stages of the two networks. */
  readonly widths: Readonly<Record<Trained, readonly number[]>>;
  /** Hidden neurons of the multilayer perceptron, 784-…-10, and its batch. */
  readonly hidden: readonly number[];
  readonly rows: number;
}

export const FULL: Sizes = {
  batch: 128,
  widths: { vgg11: [64, 128, 256, 512, 512], resnet18: [64, 128, 256, 512] },
  hidden: [256, 256, 256],
  rows: 256,
};
export const SMALL: Sizes = {
  batch: 4,
  widths: { vgg11: [2, 2, 3, 3, 4], resnet18: [2, 2, 3, 4] },
  hidden: [8, 8],
  rows: 16,
};

/** In the order of what is asked for most. */
export const FORMATS: readonly FormatName[] = ["f32", "f16", "f64", "bf16"];

const CLASSES = 10;
export const PIXELS = 784;
const LR = 0.01;
const MOMENTUM = 0.9;

/** What a program is told of a step; paths of images f32 [B, 32, 32, 3], labels i32 [B], parameters one after the other, f32. */
export interface Step {
  readonly network: Trained;
  readonly batchNorm: boolean;
  readonly widths: readonly number[];
  readonly batch: number;
  readonly images: string;
  readonly labels: string;
  readonly parameters: string;
  readonly lr: number;
  readonly momentum: number;
}

export function imageNetwork({ network, batchNorm, widths }: Pick<Step, "network" | "batchNorm" | "widths">): Layer {
  return createNetwork(network, { inputShape: [32, 32, 3], classes: CLASSES, batchNorm, widths });
}

/** Writes images of normal numbers, random labels and freshly drawn parameters. */
export function writeStep(
  folder: string,
  { network, batchNorm }: Pick<Step, "network" | "batchNorm">,
  { batch, widths: all }: Sizes,
): Step {
  const widths = all[network];
  const start = drawn(imageNetwork({ network, batchNorm, widths }), network);
  const [pixels, classes] = [stream(1, "bench", "images"), stream(1, "bench", "labels")];
  const images = Float32Array.from({ length: size([batch, 32, 32, 3]) }, () => pixels.normal());
  const labels = Int32Array.from({ length: batch }, () => classes.integer(CLASSES));
  return {
    network,
    batchNorm,
    widths,
    batch,
    images: write(folder, "gpu-images.f32", images),
    labels: write(folder, "gpu-labels.i32", labels),
    parameters: write(folder, `gpu-${network}${batchNorm ? "-bn" : ""}.f32`, start),
    // residual sums grow from block to block where nothing normalizes them
    lr: network === "resnet18" && !batchNorm ? LR / 100 : LR,
    momentum: MOMENTUM,
  };
}

/** What a program is told of steps of many perceptrons at once. */
export interface Replicas {
  readonly replicas: number;
  /** Neurons from the inputs to the classes. */
  readonly widths: readonly number[];
  readonly batch: number;
  /** f32 [batch, 784] and i32 [batch]. */
  readonly images: string;
  readonly labels: string;
  /** One network's, f32, weight [outputs, inputs] and bias layer by layer; each of the R begins with them. */
  readonly parameters: string;
  readonly lr: number;
  readonly momentum: number;
}

export const perceptron = (widths: readonly number[]): Layer =>
  mlp({ inputs: widths[0]!, hidden: widths.slice(1, -1), classes: widths.at(-1)! });

export function writeReplicas(folder: string, { hidden, rows }: Sizes): Omit<Replicas, "replicas"> {
  const widths = [PIXELS, ...hidden, CLASSES];
  const [pixels, classes] = [stream(1, "bench", "pixels"), stream(1, "bench", "digits")];
  const images = Float32Array.from({ length: rows * PIXELS }, () => pixels.uniform());
  const labels = Int32Array.from({ length: rows }, () => classes.integer(CLASSES));
  return {
    widths,
    batch: rows,
    images: write(folder, "gpu-pixels.f32", images),
    labels: write(folder, "gpu-digits.i32", labels),
    parameters: write(folder, "gpu-mlp.f32", drawn(perceptron(widths), "mlp")),
    lr: LR,
    momentum: MOMENTUM,
  };
}

function drawn(network: Layer, name: string): Float32Array {
  const start = initialise(network, "f32", stream(1, "bench", name));
  return Float32Array.from(network.parameters.flatMap((parameter) => Array.from(start[parameter.name]!.data)));
}

export function write(
  folder: string,
  name: string,
  { buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView,
): string {
  const path = join(folder, name);
  // another process may be reading the same numbers
  writeFileSync(`${path}.part`, new Uint8Array(buffer, byteOffset, byteLength));
  renameSync(`${path}.part`, path);
  return path;
}

/** The numbers of such a file. */
export const whole = (path: string) => new Int32Array(new Uint8Array(readFileSync(path)).buffer);

/** Of the first losses, relative: the format's own, amplified by some steps. */
export const TOLERANCE: Readonly<Record<string, number>> = { bf16: 0.1, f16: 3e-2, f32: 1e-3, f64: 1e-9 };
