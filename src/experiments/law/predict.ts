/**
 * How many pre-activations of a pass will be exactly 0, predicted without any fitted parameter:
 *
 *     λ = Σ P(z = 0),   P(z = 0) = f(0) · length
 *
 * f(0), the density of the pre-activation at 0, is counted in a pass in f64: the share that lies in a window |z| < h, over 2h. The length
 * is that of the numbers which the cell's arithmetic turns into 0: `lengthOfZero` of the grid on which the sum lies there. Both come
 * from the same elements, those in the window:
 *
 *     λ = images / images seen · 1/2h · Σ_{|z| < h} length(z)
 */
import { inputsOf, type Program, type Results } from "../../engines";
import { type Format, formatOf, precisionOf } from "../../formats";
import { type Tensor, tensor, type Value } from "../../ir";
import { initialise } from "../../nn";
import { stream } from "../../util";
import { type Job, streamName } from "./cells";
import { Grids } from "./grids";
import { lengthOfZero } from "./lattice";
import type { ExactProgram } from "./programs";

/** Half of the window, relative to the layer's root mean square: the density is flat there. */
const WINDOW = 1 / 16;
/** Elements of a layer and mini-batch whose grids are worked out, evenly spaced among those in the window. */
const LOOKED_AT = 64;

export interface Prediction {
  /** Exact zeros of the whole pass, and their standard error, by layer. */
  readonly expected: readonly number[];
  readonly error: readonly number[];
  /** Pre-activations in the window. */
  readonly samples: readonly number[];
}

/** What a layer's window has shown so far. */
interface Window {
  half: number;
  samples: number;
  /** Σ length, and Σ length² with the weights of the samples. */
  sum: number;
  squares: number;
}

/**
 * @param program that of `exact`, compiled
 * @param batches images in f64, in mini-batches of the size that the program was built for
 * @param images of the pass that is predicted
 */
export async function predict(
  job: Job,
  exact: ExactProgram,
  program: Program,
  { batches, images, seed }: { readonly batches: readonly Tensor[]; readonly images: number; readonly seed: number },
): Promise<Prediction> {
  const format = formatOf(precisionOf(job.precision).format);
  const drawn = initialise(exact.network, format.name, stream(seed, ...streamName(job)));
  const wide = Object.entries(drawn).map(([name, { data, shape }]) => [name, tensor("f64", data, shape)] as const);
  const parameters = inputsOf(exact.graph, Object.fromEntries(wide));
  const windows: Window[] = exact.sites.map(() => ({ half: 0, samples: 0, sum: 0, squares: 0 }));
  for (const x of batches) {
    const feeds = { ...parameters, x };
    const results = await program.run(feeds);
    const read = (value: Value) => numbers(results, feeds, exact.nameOf(value));
    const grids = new Grids(read, format, job.order);
    for (const [i, site] of exact.sites.entries()) look(windows[i]!, site, read(site), grids, format);
  }
  const seen = batches.length * batches[0]!.shape[0]!;
  const scale = ({ half }: Window) => (half === 0 ? 0 : images / seen / (2 * half));
  return {
    expected: windows.map((window) => window.sum * scale(window)),
    error: windows.map((window) => Math.sqrt(window.squares) * scale(window)),
    samples: windows.map(({ samples }) => samples),
  };
}

const numbers = (results: Results, feeds: Readonly<Record<string, Tensor>>, name: string): ArrayLike<number> =>
  (results[name] ?? feeds[name]!).data;

/** Adds a mini-batch's pre-activations that lie in the window; the first one sets its width. */
function look(window: Window, site: Value, z: ArrayLike<number>, grids: Grids, format: Format): void {
  if (window.half === 0) window.half = WINDOW * rootMeanSquare(z);
  const inside: number[] = [];
  for (let i = 0; i < z.length; i++) if (Math.abs(z[i]!) < window.half) inside.push(i);
  const step = Math.max(1, inside.length / LOOKED_AT);
  const taken = Math.min(inside.length, LOOKED_AT);
  for (let k = 0; k < taken; k++) {
    const length = lengthOfZero(grids.near(site, inside[Math.floor(k * step)]!, 0), format);
    window.sum += length * step;
    window.squares += (length * step) ** 2;
  }
  window.samples += inside.length;
}

function rootMeanSquare(z: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < z.length; i++) sum += z[i]! ** 2;
  return Math.sqrt(sum / z.length);
}
