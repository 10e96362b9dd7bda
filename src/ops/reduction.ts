/** What reductions share: which axes are dropped, and where each element goes. */
import { normalizeAxes, type Shape, size, strides, type Tensor, type Type, type Value } from "../ir";
import { requireFloats } from "./elementwise";
import type { ReplicaContext } from "./op";
import { mergeReplicas } from "./replicas";

/** [B, H, W, C] */
const IMAGE_AXES = 4;

export type Axes = { readonly axes: readonly number[] };

export function inferReduction(what: string, inputs: readonly Type[], { axes }: Axes): Type {
  requireFloats(what, inputs, 1);
  const { format, shape } = inputs[0]!;
  const gone = normalizeAxes(what, axes, shape.length);
  return { format, shape: shape.filter((_, axis) => !gone.includes(axis)) };
}

/** The reduced shape with the reduced axes kept at length 1. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  const gone = normalizeAxes("reduction", axes, shape.length);
  return shape.map((n, axis) => (gone.includes(axis) ? 1 : n));
}

/** out[j] = Σ x[i] over the elements i that are reduced to j, in order, accumulated as the contract says. */
export function sumInto(x: Tensor, { axes }: Axes, out: Float64Array, accumulate: (x: number) => number): void {
  const gone = normalizeAxes("reduction", axes, x.shape.length);
  const own = strides(x.shape);
  const kept = strides(x.shape.filter((_, axis) => !gone.includes(axis)));
  const step = x.shape.map((_, axis) => (gone.includes(axis) ? 0 : kept[axis - gone.filter((a) => a < axis).length]!));
  out.fill(0);
  for (let i = 0; i < x.data.length; i++) {
    const j = x.shape.reduce((sum, n, axis) => sum + (Math.floor(i / own[axis]!) % n) * step[axis]!, 0);
    out[j] = accumulate(out[j]! + x.data[i]!);
  }
}

/**
 * A reduction in many networks at once. The networks are placed side by side along the first axis that is kept, so the numbers of a sum are
 * laid out as in a single network, and an engine that adds by position adds them in the same order. Sums of images over all axes but the
 * channels stay apart: how a matrix product adds may depend on how wide the matrix is.
 */
export function reduceReplicas(
  { inputs: [x], attributes: { axes }, type, replicas, ops }: ReplicaContext<Axes>,
  reduce: (x: Value, axes: readonly number[]) => Value,
): Value {
  const own = x!.shape.slice(1);
  const gone = normalizeAxes("reduction", axes, own.length);
  const kept = own.findIndex((_, axis) => !gone.includes(axis));
  if (own.length === IMAGE_AXES && kept === IMAGE_AXES - 1)
    return reduce(
      x!,
      gone.map((axis) => axis + 1),
    );
  if (kept < 0) return reduce(ops.reshape(x!, [replicas, size(own)]), [1]); // [R]
  return ops.reshape(reduce(mergeReplicas(ops, x!, kept), gone), [replicas, ...type.shape]);
}
