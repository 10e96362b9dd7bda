/** The numbers of golden/formula.py, and what turns PyTorch's layouts into ours and back. */
import { type Shape, size } from "../../src/ir";

/** Numbers in [−0.5, 0.5), different for each name. */
export function numbers(name: string, count: number): Float64Array {
  const k = [...name].reduce((sum, c, j) => sum + (j + 1) * c.charCodeAt(0), 0);
  return Float64Array.from(
    { length: count },
    (_, i) => ((31 * i * i + (7919 + k) * i + 101 * k) % 10007) / 10007 - 0.5,
  );
}

/** A parameter by the formula, in our layout; `shape` is ours. */
export function parameterNumbers(name: string, shape: Shape): Float64Array {
  const drawn = numbers(name, size(shape));
  const scale = 2 * Math.sqrt(6 / size(shape.slice(1)));
  if (shape.length > 1) return fromTorch(shape)(drawn.map((v) => scale * v));
  return drawn.map((v) => (name.endsWith(".weight") ? 1 + v : 0.5 * v));
}

/** The shape that PyTorch has for ours: [F, kh, kw, C] and [B, H, W, C] have their channels second. */
export const torchShape = (shape: Shape): Shape =>
  shape.length === 4 ? [shape[0]!, shape[3]!, shape[1]!, shape[2]!] : shape;

/** For each element in our order its place in PyTorch's. */
function places(shape: Shape): number[] {
  const channels = shape.at(-1)!;
  const pixels = size(shape.slice(1, -1));
  return Array.from({ length: size(shape) }, (_, i) => {
    if (shape.length !== 4) return i;
    const [outer, pixel, channel] = [
      Math.floor(i / (pixels * channels)),
      Math.floor(i / channels) % pixels,
      i % channels,
    ];
    return (outer * channels + channel) * pixels + pixel;
  });
}

/** From PyTorch's order of elements into ours; `shape` is ours. */
export const fromTorch = (shape: Shape) => (values: ArrayLike<number>) =>
  Float64Array.from(places(shape), (place) => values[place]!);

/** From our order of elements into PyTorch's; `shape` is ours. */
export function toTorch(shape: Shape, values: ArrayLike<number>): Float64Array {
  const result = new Float64Array(values.length);
  for (const [i, place] of places(shape).entries()) result[place] = values[i]!;
  return result;
}
