/** One neuron's pre-activation on the plane W + x·P₁ + y·P₂, in 64 and in 32 bits. */
import { setImmediate } from "node:timers/promises";
import type { Engine } from "../../engines";
import { graph, input, type Tensor, tensor } from "../../ir";
import { ops } from "../../ops";
import { stream } from "../../util";
import type { PlaneConfig } from "./config";
import type { PlaneRow } from "./rows";

/** A network at the mini-batch on which it first meets an exact zero, before the update. */
export interface Bifurcation {
  readonly trial: number;
  readonly iteration: number;
  readonly sample: number;
  /** From 1. */
  readonly layer: number;
  readonly neuron: number;
  /** Of that layer: [images, inputs], [neurons, inputs], [neurons]. */
  readonly inputs: Tensor;
  readonly weights: Tensor;
  readonly bias: Tensor;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The grid's coordinates: [−extent, extent) in `points` steps, 0 among them. */
export const coordinates = ({ points, extent }: Pick<PlaneConfig, "points" | "extent">): number[] =>
  Array.from({ length: points }, (_, i) => ((2 * i - points) / points) * extent);

/**
 * A neuron's part of a direction: the neuron's row of a matrix that is U[0, 1), has the shape of all of the layer's weights, and is
 * divided by its Frobenius norm.
 */
export function direction(seed: number, which: 1 | 2, shape: readonly number[], neuron: number): Float64Array {
  const [neurons, inputs] = shape as [number, number];
  const random = stream(seed, "plane", which);
  const all = Float64Array.from({ length: neurons * inputs }, () => random.uniform());
  const norm = Math.sqrt(all.reduce((sum, u) => sum + u * u, 0));
  return all.slice(neuron * inputs, (neuron + 1) * inputs).map((u) => u / norm);
}

/**
 * The rows, row by row of the grid. z64 is a plain sum in f64 of the exact weights. z32 rounds the weights once to f32 and
 * leaves the sum to the engine, in a product of the layer's own shape, so that its order is the training's.
 */
export async function* pointsOfPlane(
  engine: Engine,
  found: Bifurcation,
  config: PlaneConfig,
): AsyncGenerator<Omit<PlaneRow, "dataset">> {
  const { inputs, weights, bias, ...place } = found;
  const { sample, neuron } = place;
  const [neurons, features] = weights.shape as [number, number];
  const own = weights.data.slice(neuron * features, (neuron + 1) * features);
  const image = inputs.data.slice(sample * features, (sample + 1) * features);
  const b = bias.data[neuron]!;
  const along = [1, 2].map((which) => direction(config.seed, which as 1 | 2, weights.shape, neuron));
  const rowAt = ({ x, y }: Point) => Float64Array.from(own, (w, i) => w + x * along[0]![i]! + y * along[1]![i]!);
  const product = await layerProduct(engine, inputs, neurons, b);
  const axis = coordinates(config);
  const points = axis.flatMap((y) => axis.map((x) => ({ x, y })));
  for (let from = 0; from < points.length; from += neurons) {
    await setImmediate();
    const some = points.slice(from, from + neurons);
    const rows = some.map(rowAt);
    const z32 = await product.run(rows, sample);
    for (const [i, point] of some.entries()) {
      yield { ...place, ...point, z64: Math.abs(dot(rows[i]!, image) + b), z32: Math.abs(z32[i]!) };
    }
  }
  await product.dispose();
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The layer's product in f32 with other rows in place of its neurons, all with one bias. */
async function layerProduct(engine: Engine, inputs: Tensor, neurons: number, bias: number) {
  const [images, features] = inputs.shape as [number, number];
  const [x, w] = [input("x", "f32", [images, features]), input("w", "f32", [neurons, features])];
  const z = ops.matmul(x, w, { bias: input("b", "f32", [neurons]), transposeB: true }); // [images, neurons]
  const program = await engine.compile(graph({ z }, "plane"));
  const b = tensor("f32", new Array<number>(neurons).fill(bias), [neurons]);
  return {
    /** The pre-activations of one image with these rows of weights, at most as many as the layer has neurons. */
    async run(rows: readonly Float64Array[], sample: number) {
      const values = new Float32Array(neurons * features);
      for (const [i, row] of rows.entries()) values.set(row, i * features);
      const results = await program.run({ x: inputs, w: tensor("f32", values, [neurons, features]), b });
      return results.z!.data.slice(sample * neurons, sample * neurons + rows.length);
    },
    dispose: () => program.dispose(),
  };
}
