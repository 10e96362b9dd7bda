/** The smallest change of a network: one weight, by one unit in the last place. What follows from it is the effect of rounding alone. */
import { formatOf, isFloat } from "../formats";
import { type Tensor, tensor } from "../ir";
import { fail } from "../util";

/** A change that a training makes once, after the update of a step. */
export interface Nudge {
  /** The step, both from 0. */
  readonly epoch: number;
  readonly batch: number;
  /** Name of the parameter; its largest weight changes. */
  readonly parameter: string;
}

/** The tensor with its largest element (the first, if several are equal) one unit in the last place further from 0. */
export function nudged({ format, data, shape }: Tensor): Tensor {
  if (!isFloat(format)) fail("nudge", "must be of a parameter", format);
  const values = Array.from(data);
  const at = values.reduce((best, x, i) => (Math.abs(x) > Math.abs(values[best]!) ? i : best), 0);
  const x = values[at] ?? fail("nudge", "must be of a parameter with elements", shape);
  values[at] = x + Math.sign(x || 1) * formatOf(format).ulp(x);
  return tensor(format, values, shape);
}
