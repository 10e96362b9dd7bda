/** Operands of convolutions and of their gradients, for the conformance suite and the gradient checks. */
import type { Attributes, Shape } from "../ir";
import type { Case } from "./op";
import { type Pair, type Strides, windowGrid } from "./window";

export interface Geometry {
  readonly name: string;
  readonly images: Shape;
  readonly weights: Shape;
  /** Of the convolution's result. */
  readonly result: Shape;
  readonly strides: Strides;
}

function geometry(name: string, images: Shape, weights: Shape, stride: Pair, padding: Pair): Geometry {
  const strides = { stride, padding };
  const grid = windowGrid(name, images, { kernel: weights.slice(1, 3), ...strides });
  return { name, images, weights, result: [images[0]!, ...grid, weights[0]!], strides };
}

/** One of each kind in networks, and unusual ones: together they cover every way of computing a convolution. */
const geometries: readonly Geometry[] = [
  geometry("3 × 3, padding 1", [2, 5, 6, 3], [4, 3, 3, 3], [1, 1], [1, 1]),
  geometry("3 × 3, blocks of 16 channels", [2, 8, 8, 32], [16, 3, 3, 32], [1, 1], [1, 1]),
  geometry("3 × 3, blocks of 16 channels, stride 2", [1, 9, 8, 16], [48, 3, 3, 16], [2, 2], [1, 1]),
  geometry("3 × 3, 64 channels on 4 × 4", [2, 4, 4, 64], [64, 3, 3, 64], [1, 1], [1, 1]),
  geometry("1 × 1", [2, 3, 3, 5], [4, 1, 1, 5], [1, 1], [0, 0]),
  geometry("1 × 1, stride 2", [2, 5, 4, 5], [4, 1, 1, 5], [2, 2], [0, 0]),
  geometry("3 × 3 on 2 × 2", [3, 2, 2, 6], [5, 3, 3, 6], [1, 1], [1, 1]),
  geometry("3 × 3 on 1 × 1", [3, 1, 1, 6], [5, 3, 3, 6], [1, 1], [1, 1]),
  geometry("7 × 7, stride 2, padding 3", [1, 12, 11, 3], [4, 7, 7, 3], [2, 2], [3, 3]),
  geometry("5 × 5 without padding", [2, 8, 8, 1], [3, 5, 5, 1], [1, 1], [0, 0]),
  geometry("2 × 3, uneven stride and padding", [2, 7, 6, 2], [3, 2, 3, 2], [3, 2], [0, 1]),
];

const small: readonly Geometry[] = [
  geometry("3 × 3, padding 1", [2, 3, 3, 2], [2, 3, 3, 2], [1, 1], [1, 1]),
  geometry("3 × 2, stride 2", [1, 5, 4, 1], [2, 3, 2, 1], [2, 2], [1, 0]),
];

/** A stack's axis in front of the first operand, and of the second: [R] or []. */
export type Stacks = readonly [Shape, Shape];

const SINGLE: Stacks = [[], []];
const stackings: readonly Stacks[] = [
  [[3], []],
  [[], [3]],
  [[3], [3]],
];

type Make<A extends Attributes> = (geometry: Geometry, stacks: Stacks) => Case<A>;

const inStacks = <A extends Attributes>(some: readonly Geometry[], make: Make<A>): Case<A>[] =>
  some.flatMap((own) => stackings.map((stacks) => make({ ...own, name: `${own.name}, ${nameOf(stacks)}` }, stacks)));

const nameOf = (stacks: Stacks) => stacks.map((stack) => (stack.length === 0 ? "single" : "stack")).join(" and ");

/** Every geometry, and small ones in stacks: on the first operand, on the second, on both. */
export const convolutionCases = <A extends Attributes>(make: Make<A>): Case<A>[] => [
  ...geometries.map((own) => make(own, SINGLE)),
  ...inStacks(
    geometries.filter(({ images }) => images.at(-1)! < 16 && images[0]! > 1),
    make,
  ),
];

/** Few numbers, for difference quotients. */
export const smallConvolutionCases = <A extends Attributes>(make: Make<A>): Case<A>[] => [
  ...small.map((own) => make(own, SINGLE)),
  ...inStacks(small.slice(1), make),
];
