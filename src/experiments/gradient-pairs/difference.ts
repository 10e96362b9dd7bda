import type { Results } from "../../engines";
import { NonsmoothError } from "../../util";

/** How two gradients of the same parameters differ. */
export interface Difference {
  readonly notANumber: boolean;
  /** Whether one bit differs, in any parameter, and in the first layer's weights. */
  readonly anyParameter: boolean;
  readonly firstLayer: boolean;
  /** ‖a − b‖ / ‖a‖ over all parameters, and over the first layer's weights. */
  readonly relativeL1: number;
  readonly relativeL2: number;
  readonly relativeL1FirstLayer: number;
  readonly relativeL2FirstLayer: number;
}

/** Compares the outputs `a …` and `b …` bit by bit. A NaN in either makes the comparison void. */
export function compareGradients(results: Results, parameters: readonly string[]): Difference {
  const all = new Norms();
  const first = new Norms();
  for (const [i, name] of parameters.entries()) {
    const a = results[`a ${name}`]!.data;
    const b = results[`b ${name}`]!.data;
    const sums = new Norms();
    for (let j = 0; j < a.length; j++) sums.add(a[j]!, b[j]!);
    all.include(sums);
    // the first parameter is the first layer's weight matrix
    if (i === 0) first.include(sums);
  }
  return {
    notANumber: Number.isNaN(all.l1) || Number.isNaN(all.difference1),
    anyParameter: all.bits,
    firstLayer: first.bits,
    relativeL1: all.difference1 / all.l1,
    relativeL2: Math.sqrt(all.difference2 / all.l2),
    relativeL1FirstLayer: first.difference1 / first.l1,
    relativeL2FirstLayer: Math.sqrt(first.difference2 / first.l2),
  };
}

/** The error of sweeps that met other zeros than the screening before them, layer by layer; undefined where they met the same. */
export const otherZeros = (screened: readonly number[], swept: readonly number[]): NonsmoothError | undefined =>
  screened.every((n, i) => n === swept[i])
    ? undefined
    : new NonsmoothError("screening", `must count the same zeros as the sweeps (${swept})`, { got: screened });

class Norms {
  bits = false;
  l1 = 0;
  l2 = 0;
  difference1 = 0;
  difference2 = 0;

  add(a: number, b: number): void {
    const d = Object.is(a, b) ? 0 : a - b;
    if (!Object.is(a, b)) this.bits = true;
    this.l1 += Math.abs(a);
    this.l2 += a * a;
    this.difference1 += Math.abs(d);
    this.difference2 += d * d;
  }

  include(other: Norms): void {
    this.bits ||= other.bits;
    this.l1 += other.l1;
    this.l2 += other.l2;
    this.difference1 += other.difference1;
    this.difference2 += other.difference2;
  }
}
