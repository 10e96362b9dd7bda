/**
 * What Adam and AdamW share (Kingma and Ba 2015, algorithm 1, in the order of PyTorch's operations):
 *
 *     m' = β1·m + (1 − β1)·g;   v' = β2·v + (1 − β2)·g·g;   p' = p − stepSize·m' / (√v' / rootCorrection + ε)
 *     stepSize = lr / (1 − β1^t);   rootCorrection = √(1 − β2^t)
 *
 * The two corrections come from the host, in f64: 1 − β2^t cancels (at 16 bits it would be wrong in its second digit for the
 * first steps), and since they are fed as scalars, one graph serves every step.
 *
 * At 16 bits half precision has these effects: ε = 1e-8 rounds to 0, g² underflows to 0 for |g| below about 5e-3
 * (with 1 − β2 = 0.001), and a parameter with v' = 0 moves by an infinity, or by NaN if m' = 0, too. An ε of 1e-4 or
 * mixed precision avoids it. The product stepSize·m' comes before the division, as in PyTorch, and underflows for small m'.
 */
import { constant, type Value } from "../ir";
import { ops } from "../ops";
import type { StateTensor, StepInfo } from "./optimizer";

export interface Betas {
  /** Decay of the two moments. */
  readonly betas: readonly [number, number];
  /** ε, added to the root. */
  readonly eps: number;
}

export const momentTensors = (name: string): readonly StateTensor[] => [
  { name: `${name}.m`, initial: 0 },
  { name: `${name}.v`, initial: 0 },
];

export const corrections = ({ betas: [beta1, beta2] }: Betas, { step, lr }: Required<StepInfo>) => ({
  stepSize: lr / (1 - beta1 ** step),
  rootCorrection: Math.sqrt(1 - beta2 ** step),
});

export interface MomentContext {
  readonly parameter: Value;
  readonly gradient: Value;
  readonly m: Value;
  readonly v: Value;
  readonly stepSize: Value;
  readonly rootCorrection: Value;
}

/** The formula above: p', m', v'. */
export function momentUpdate(
  { betas: [beta1, beta2], eps }: Betas,
  { parameter: p, gradient: g, m, v, stepSize, rootCorrection }: MomentContext,
): { parameter: Value; m: Value; v: Value } {
  const number = (x: number) => constant(p.format, x);
  const first = ops.add(ops.mul(number(beta1), m), ops.mul(number(1 - beta1), g));
  const second = ops.add(ops.mul(number(beta2), v), ops.mul(ops.mul(number(1 - beta2), g), g));
  const root = ops.add(ops.div(ops.sqrt(second), rootCorrection), number(eps));
  return { parameter: ops.sub(p, ops.div(ops.mul(stepSize, first), root)), m: first, v: second };
}
