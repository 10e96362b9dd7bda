import type { FormatName } from "../formats";
import { apply, size, type Tensor, type Type, tensor, type Value } from "../ir";
import { fail } from "../util";
import { F64, type Named, random } from "./cases";
import { requireFloats } from "./elementwise";
import type { Case, Op } from "./op";
import { replicateSamples } from "./replicas";
import { type PairLike, pair, requireImages, type Window, windowGrid, windowPixels } from "./window";

/** A node may fix its own value at ties, which is then no choice of the sweep. */
export type MaxPoolAttributes = Window & { readonly tie?: number };

export const maxPoolOp: Op<MaxPoolAttributes> = {
  name: "maxPool",
  summary: "the maximum over windows of images [B, H, W, C]; padding never wins, NaN is passed on",
  rounds: false,
  compares: true,
  agreement: { kind: "equal" },
  infer(inputs, attributes) {
    requireFloats("maxPool", inputs, 1);
    const [x] = inputs as [Type];
    requireImages("maxPool", x);
    const { tie = 0 } = attributes;
    if (!Number.isFinite(tie)) fail("maxPool, tie", "must be a finite number", tie);
    const grid = windowGrid("maxPool", x.shape, attributes);
    // otherwise a window could lie entirely in the padding
    if (attributes.padding.some((p, i) => 2 * p > attributes.kernel[i]!))
      fail("maxPool", "padding must be at most half the kernel", attributes.padding);
    return { format: x.format, shape: [x.shape[0]!, ...grid, x.shape[3]!] };
  },
  evaluate([x], attributes, out) {
    forWindows(x!, attributes, (i, places) => {
      out[i] = Number.NEGATIVE_INFINITY;
      for (const k of places) if (k >= 0) out[i] = Math.max(out[i]!, x!.data[k]!);
    });
  },
  conventions: [
    {
      name: "tie",
      default: 0,
      source:
        "0: all to the first maximum in scan order (PyTorch); 1: equal shares (minimal norm); β: β·shares + (1 − β)·first",
      hits: ({ inputs: [x], output, attributes, ops }) => ops.maxPoolTies(x!, output, attributes),
    },
  ],
  vjp({ g, inputs: [x], output, attributes: { tie, ...window }, valueAt, ops }) {
    const value = tie === undefined ? valueAt("tie") : ops.constant(x!.format as FormatName, tie);
    return [ops.maxPoolGradient(x!, output, g, value, window)];
  },
  replicate: replicateSamples,
  cases: (f) => poolCases(f),
  // no ties here: conventions at ties have their own tests
  gradientCases: () =>
    poolGeometries.map(({ name, shape, ...attributes }) => ({ name, inputs: [random(F64, shape)], attributes })),
};

/** Calls `visit` with each element of the result and the elements of x that its window holds, −1 in the padding. */
export function forWindows(x: Tensor, window: Window, visit: (i: number, places: readonly number[]) => void): void {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const pixels = windowPixels([height, width], window);
  let i = 0;
  for (let b = 0; b < batch; b++) {
    for (const own of pixels) {
      for (let c = 0; c < channels; c++) {
        visit(
          i++,
          Array.from(own, (pixel) => (pixel < 0 ? -1 : (b * height * width + pixel) * channels + c)),
        );
      }
    }
  }
}

/** The elements of a window that equal its maximum; none where that is NaN. */
export const maximaOf = ({ data }: Tensor, places: readonly number[], maximum: number): number[] =>
  places.filter((k) => k >= 0 && data[k] === maximum);

const window = (kernel: number, stride: number, padding: number): Window => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  padding: [padding, padding],
});

export const poolGeometries = [
  { name: "2 × 2", shape: [2, 4, 6, 3], ...window(2, 2, 0) },
  { name: "3 × 3, stride 2, padding 1", shape: [2, 6, 5, 2], ...window(3, 2, 1) },
  { name: "3 × 3, stride 1, overlapping", shape: [1, 5, 4, 2], ...window(3, 1, 1) },
  { name: "3 × 3, pixels left over", shape: [1, 5, 5, 2], ...window(3, 3, 0) },
] as const;

/** Few different values, so that most windows are tied, zeros of both signs among them. */
export function tied(f: Named, shape: readonly number[], name = "tied"): Tensor {
  const x = random(F64, shape, name);
  return tensor(
    f.name,
    x.data.map((v) => (v < 0 ? -0 : v < 0.5 ? 0 : 1.5)),
    shape,
  );
}

/** Nothing but −∞, which is what padding is filled with where only maxima count. */
export const lowest = (f: Named): Tensor =>
  tensor(f.name, new Array<number>(16).fill(Number.NEGATIVE_INFINITY), [1, 4, 4, 1]);

/** The result of maxPool. */
export function pooled(x: Tensor, attributes: Window): Tensor {
  const type = maxPoolOp.infer([x], attributes);
  const out = new Float64Array(size(type.shape));
  maxPoolOp.evaluate([x], attributes, out, { type, accumulate: (v) => v });
  return tensor(type.format, out, type.shape);
}

export function poolCases(f: Named): Case<Window>[] {
  const ordinary = poolGeometries.map(({ name, shape, ...attributes }) => ({
    name,
    inputs: [random(f, shape)],
    attributes,
  }));
  const { NaN: nan, NEGATIVE_INFINITY: low, POSITIVE_INFINITY: high } = Number;
  const values = [nan, 1, low, low, 2, -1, low, high, 0, -0, low, 3, -5, nan, low, low];
  return [
    ...ordinary,
    { name: "tied", inputs: [tied(f, [2, 4, 4, 2])], attributes: window(2, 2, 0) },
    {
      name: "infinities and NaN",
      inputs: [tensor(f.name, values, [1, 4, 4, 1])],
      attributes: window(3, 2, 1),
    },
    { name: "−∞ beside the padding", inputs: [lowest(f)], attributes: window(3, 2, 1) },
  ];
}

export interface PoolOptions {
  /** Size of a window. */
  readonly kernel: PairLike;
  /** Step between windows; default: the kernel. */
  readonly stride?: PairLike;
  /** Rows and columns around the image; default 0, at most half the kernel. */
  readonly padding?: PairLike;
}

export interface MaxPoolOptions extends PoolOptions {
  /** The value at ties of this pool alone, whatever is chosen for `maxPool.tie`; default: what is chosen. */
  readonly tie?: number;
}

export const windowOf = ({ kernel, stride = kernel, padding = 0 }: PoolOptions): Window => ({
  kernel: pair(kernel),
  stride: pair(stride),
  padding: pair(padding),
});

/**
 * The maximum over windows of images [B, H, W, C]. Where several elements of a window are the maximum, the derivative
 * is a convention, `maxPool.tie` (Boustany 2024): β, from 0 (the first in scan order takes it all) to 1 (equal shares).
 * @throws NonsmoothError for `tie` that is not finite
 */
export const maxPool = (x: Value, { tie, ...window }: MaxPoolOptions): Value =>
  apply(maxPoolOp, [x], { ...windowOf(window), ...(tie === undefined ? {} : { tie }) });
