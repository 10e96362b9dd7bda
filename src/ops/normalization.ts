/** What batch normalisation's operations share: statistics of each channel, over all axes but the last. */
import { formatType, type Tensor, type Type, tensor } from "../ir";
import { fail } from "../util";
import { type Named, random } from "./cases";
import { requireFloats } from "./elementwise";
import type { Agreement, Case } from "./op";

export type Epsilon = { readonly epsilon: number };

/** For sums over a batch of numbers of order 1, each with an error of a few roundoffs. */
export const statistical: Agreement<never> = { kind: "approximate", ulps: 4, absolute: 256 };

/** `full` operands of one shape [..., C], such as x and g, then vectors [C]. */
export function requireChannels(what: string, inputs: readonly Type[], full: number, vectors: number): void {
  requireFloats(what, inputs, full + vectors);
  const [x] = inputs as [Type];
  if (x.shape.length < 2) fail(what, "operand must be [..., C]", formatType(x));
  const channels = x.shape.at(-1)!;
  for (const type of inputs.slice(1, full)) {
    if (type.shape.join() !== x.shape.join())
      fail(what, `operands must share the shape [${x.shape}]`, formatType(type));
  }
  for (const type of inputs.slice(full)) {
    if (type.shape.join() !== String(channels))
      fail(what, `must have a number for each of ${channels} channels`, formatType(type));
  }
}

export function requireEpsilon(what: string, epsilon: number): void {
  if (!Number.isFinite(epsilon) || epsilon < 0)
    fail(`${what}, epsilon`, "must be a finite number of at least 0", epsilon);
}

/** Mean and biased variance of each channel of x [..., C], in f64: the definition is exact up to its one rounding. */
export function moments(x: Tensor): {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly n: number;
} {
  const channels = x.shape.at(-1)!;
  const n = x.data.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < x.data.length; i++) mean[i % channels]! += x.data[i]! / n;
  for (let i = 0; i < x.data.length; i++) variance[i % channels]! += (x.data[i]! - mean[i % channels]!) ** 2 / n;
  return { mean, variance, n };
}

/** Images and matrices with their vectors, `full` operands of the whole shape first. */
export function channelCases(f: Named, full: number, vectors: number): Case<Epsilon>[] {
  return [
    [3, 4, 5, 6],
    [16, 7],
  ].map((shape) => ({
    name: `[${shape}]`,
    inputs: [
      ...Array.from({ length: full }, (_, i) => random(f, shape, `x${i}`)),
      ...Array.from({ length: vectors }, (_, i) => positive(random(f, [shape.at(-1)!], `v${i}`))),
    ],
    attributes: { epsilon: 1e-5 },
  }));
}

// vectors may be variances
const positive = (x: Tensor): Tensor =>
  tensor(
    x.format,
    x.data.map((v) => Math.abs(v) + 0.5),
    x.shape,
  );
