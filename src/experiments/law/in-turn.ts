/**
 * Exact zeros of a perceptron whose sums add term after term, every partial sum rounded to the accumulator: plain loops, for formats and
 * orders that the engine does not have. The bias comes last, and the result is rounded once to be stored, as in the definition.
 */
import { accumulator, type Format } from "../../formats";
import type { Tensor } from "../../ir";
import { pause } from "../../util";
import type { Cell } from "./cells";
import { requireFinite } from "./programs";

/** A layer's weights [N, K] and bias [N]. */
export interface Linear {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/**
 * Zeros among the pre-activations of the hidden layers, by layer.
 * @param batches images [B, ...] in the format
 * @param layers all of them: the last one makes the logits
 * @throws Error where the logits are not finite
 */
export async function countInTurn(
  layers: readonly Linear[],
  batches: Iterable<Tensor>,
  format: Format,
  signal?: AbortSignal,
): Promise<number[]> {
  const wide = accumulator(format.name);
  const round = fastRound(wide);
  const store = format.name === wide.name ? (x: number) => x : format.round;
  const turned = layers.map(({ weight }) => transposed(weight));
  const hits = layers.slice(1).map(() => 0);
  for (const { data, shape } of batches) {
    await pause(signal);
    const features = data.length / shape[0]!;
    for (let image = 0; image < shape[0]!; image++) {
      let h: ArrayLike<number> = data.subarray(image * features, (image + 1) * features);
      for (const [i, { bias }] of layers.entries()) {
        const sums = products(h, turned[i]!, bias.data.length, round);
        for (let n = 0; n < sums.length; n++) {
          const z = store(round(sums[n]! + bias.data[n]!));
          if (z === 0 && i < hits.length) hits[i]!++;
          sums[n] = z <= 0 && i < hits.length ? 0 : z;
        }
        h = sums;
      }
      requireFinite(h);
    }
  }
  return hits;
}

/** Σ x·w for every unit; a term of 0 changes no sum. @param w [K, N] */
function products(x: ArrayLike<number>, w: Float64Array, units: number, round: (x: number) => number): Float64Array {
  const sums = new Float64Array(units);
  for (let k = 0; k < x.length; k++) {
    const factor = x[k]!;
    if (factor === 0) continue;
    const row = k * units;
    for (let n = 0; n < units; n++) sums[n] = round(sums[n]! + factor * w[row + n]!);
  }
  return sums;
}

function transposed({ data, shape }: Tensor): Float64Array {
  const [rows, columns] = shape as [number, number];
  const turned = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j]!;
  return turned;
}

/** The same as the format's own rounding, by Veltkamp's splitting where the numbers are ordinary. */
function fastRound({ name, precision, smallestNormal, largest, round }: Format): (x: number) => number {
  if (name === "f64") return (x) => x;
  if (name === "f32") return Math.fround;
  const factor = 2 ** (53 - precision) + 1;
  return (x) => {
    const magnitude = Math.abs(x);
    if (magnitude < smallestNormal || magnitude > largest) return round(x);
    const c = factor * x;
    return c - (c - x);
  };
}

/** Whether plain loops count a cell: where the sum is added in turn. */
export const isCountedInTurn = ({ order }: Pick<Cell, "order">): boolean => order === "in-turn";
