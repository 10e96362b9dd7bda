/**
 * The grid of a pre-activation close to 0, worked out from the operation that makes it, its order of sums and its format. Operands are
 * the numbers of a pass in f64; where they were stored, they lie on the grid of the cell's format.
 */
import { accumulator, type Format } from "../../formats";
import { isInput, type Value } from "../../ir";
import { type OpName, windowPixels } from "../../ops";
import { commonGrid, gridOfSum, type PartialSum } from "./lattice";
import { type OrderName, orderOf } from "./orders";

/** The numbers of a value. */
export type Read = (value: Value) => ArrayLike<number>;

/** The grid, before it is rounded to be stored, on which element `i` of a value would lie if it came out at `target`. */
type Rule = (value: Value, i: number, target: number) => number;

/** One mini-batch's grids. */
export class Grids {
  private readonly common = new Map<Value, number>();
  private readonly means = new Map<string, Normalised>();
  private readonly windows = new Map<Value, Int32Array[]>();
  private readonly accumulator: Format;

  constructor(
    private readonly read: Read,
    private readonly format: Format,
    private readonly order: OrderName,
  ) {
    this.accumulator = accumulator(format.name);
  }

  /** Before rounding; Infinity where every term is 0. */
  near(value: Value, i: number, target: number): number {
    const rule = this.rules[value.op.name as OpName];
    return rule ? rule(value, i, target) : this.elsewhere(value, target);
  }

  /** After rounding: of a stored number close to x. */
  private stored(value: Value, i: number, x: number): number {
    return Math.max(this.near(value, i, x), this.format.ulp(x));
  }

  private elsewhere(value: Value, x: number): number {
    if (x === 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.format.ulp(x), isInput(value) ? this.ofTensor(value) : 0);
  }

  /** Weights are drawn on a grid, which is coarser than the ulps of the small ones. */
  private ofTensor(value: Value): number {
    const known = this.common.get(value) ?? commonGrid(this.read(value));
    this.common.set(value, known);
    return known;
  }

  private readonly rules: { readonly [N in OpName]?: Rule } = {
    matmul: (value, i, target) => {
      const [x, w, bias] = value.inputs as [Value, Value, Value?];
      const [columns, terms] = w.shape as [number, number];
      const [row, column] = [Math.floor(i / columns), i % columns];
      const at = Array.from({ length: terms }, (_, k) => [row * terms + k, column * terms + k] as const);
      return this.sum({ x, w, bias, columns, target }, at, column);
    },
    conv2d: (value, i, target) => {
      const [x, w, bias] = value.inputs as [Value, Value, Value?];
      const [, height, width, channels] = x.shape as [number, number, number, number];
      const features = w.shape[0]!;
      const windows = this.windowsOf(value);
      const [place, feature] = [Math.floor(i / features), i % features];
      const pixels = windows[place % windows.length]!;
      const image = Math.floor(place / windows.length) * height * width;
      // padding is a term of 0
      const at = Array.from({ length: pixels.length * channels }, (_, k) => {
        const [pixel, channel] = [pixels[Math.floor(k / channels)]!, k % channels];
        const from = pixel < 0 ? -1 : (image + pixel) * channels + channel;
        return [from, feature * pixels.length * channels + k] as const;
      });
      return this.sum({ x, w, bias, columns: features, target }, at, feature);
    },
    // (x − μ) · factor + β, one rounding at the end: with β = 0 a zero is an x that equals the mean
    batchNorm: (value, i, target) => {
      const x = value.inputs[0]!;
      const { mean, factor, grid } = this.meanOf(value, i % x.shape.at(-1)!);
      return factor * Math.min(this.stored(x, i, mean + target / factor), grid);
    },
    add: (value, i, target) => {
      const operands = value.inputs.map((operand) => ({ operand, x: this.read(operand)[i]! }));
      const moving = operands.filter(({ x }) => x !== 0);
      const away = operands.reduce((sum, { x }) => sum + x, 0) - target;
      return Math.min(...moving.map(({ operand, x }) => this.stored(operand, i, x - away / moving.length)));
    },
  };

  /** Of Σ x·w + b, each term by the places of its factors; a place of −1 is a term of 0. */
  private sum(
    { x, w, bias, columns, target }: Sum,
    at: readonly (readonly [number, number])[],
    column: number,
  ): number {
    const [xs, ws] = [this.read(x), this.read(w)];
    const [xGrid, wGrid] = [isInput(x) ? this.ofTensor(x) : 0, this.ofTensor(w)];
    const { round, ulp } = this.format;
    const terms: PartialSum[] = [];
    const places: number[] = [];
    for (const [k, [i, j]] of at.entries()) {
      const a = i < 0 ? 0 : round(xs[i]!);
      const b = ws[j]!;
      if (a === 0 || b === 0) continue;
      terms.push({ value: a * b, grid: Math.max(ulp(a), xGrid) * Math.max(ulp(b), wGrid) });
      places.push(k);
    }
    const own = bias && this.read(bias)[column]!;
    const added = own ? { value: own, grid: this.elsewhere(bias!, own) } : undefined;
    const order = orderOf(this.order, at.length, columns);
    return gridOfSum(terms, places, at.length, { bias: added, order, ulp: this.accumulator.ulp, target });
  }

  private meanOf(value: Value, channel: number): Normalised {
    const key = `${channel} of ${value.inputs[1]!.attributes.name}`;
    const known = this.means.get(key) ?? this.normalised(value, channel);
    this.means.set(key, known);
    return known;
  }

  private normalised(value: Value, channel: number): Normalised {
    const [x, scale] = value.inputs as [Value, Value];
    const [xs, channels] = [this.read(x), x.shape.at(-1)!];
    const n = xs.length / channels;
    const { ulp } = this.accumulator;
    let [sum, squares, grid] = [0, 0, Number.POSITIVE_INFINITY];
    for (let i = channel; i < xs.length; i += channels) {
      const term = xs[i]!;
      sum += term;
      squares += term * term;
      if (term !== 0) grid = Math.max(Math.min(grid, this.format.ulp(term)), ulp(sum));
    }
    const mean = sum / n;
    const { epsilon } = value.attributes as { readonly epsilon: number };
    const factor = this.read(scale)[channel]! / Math.sqrt(squares / n - mean * mean + epsilon);
    // a quotient by a power of two is exact
    return { mean, factor, grid: Math.max(Number.isInteger(Math.log2(n)) ? grid / n : 0, ulp(mean)) };
  }

  private windowsOf(value: Value): Int32Array[] {
    const [x, w] = value.inputs as [Value, Value];
    const { stride, padding } = value.attributes as Readonly<Record<string, readonly number[]>>;
    const window = { kernel: w.shape.slice(1, 3), stride: stride!, padding: padding! };
    const known = this.windows.get(value) ?? windowPixels([x.shape[1]!, x.shape[2]!], window);
    this.windows.set(value, known);
    return known;
  }
}

/** A channel that batch normalisation sees: its mean, γ/√(σ² + ε), and the grid of the computed mean. */
interface Normalised {
  readonly mean: number;
  readonly factor: number;
  readonly grid: number;
}

/** A sum of products of elements of x and w, plus an element of the bias. */
interface Sum {
  readonly x: Value;
  readonly w: Value;
  readonly bias: Value | undefined;
  /** Results in a row. */
  readonly columns: number;
  readonly target: number;
}
