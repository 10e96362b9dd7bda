/** The ties of a training step, as further outputs of its program. */
import { constant, elements, type Value } from "../../ir";
import { ops } from "../../ops";
import { type MaxPool, maxPoolsOf } from "../common/max-pools";

/** Windows of max-pooling in one step, all layers. */
export interface Ties {
  readonly windows: number;
  /** With several maxima. */
  readonly tied: number;
  /** Those of them whose maximum is 0. */
  readonly tiedAtZero: number;
}

/** For each max-pool `tied k` and `tied at zero k`, f32 scalars, and its number of windows. */
export function tieCounts(loss: Value): Record<string, Value> {
  const outputs = maxPoolsOf([loss]).flatMap((pool, i): [string, Value][] => {
    const [tied, atZero] = counts(pool);
    return [
      [`tied ${i}`, tied],
      [`tied at zero ${i}`, atZero],
      [`windows ${i}`, constant(elements(pool.maxima), "f32")],
    ];
  });
  return Object.fromEntries(outputs);
}

const [ZERO, ONE] = [constant(0, "f32"), constant(1, "f32")];

// f32, whatever the format of the run: sums of ones are exact below 2^24
function counts({ operand, maxima, window }: MaxPool): [Value, Value] {
  const tied = ops.select(ops.maxPoolTies(operand, maxima, window), ONE, ZERO);
  const atZero = ops.select(ops.equal(maxima, constant(0, maxima.format)), tied, ZERO);
  return [ops.reduceSum(tied), ops.reduceSum(atZero)];
}

/** What a step found, from its observed tensors. */
export function readTies(observed: Readonly<Record<string, { readonly data: ArrayLike<number> }>>): Ties {
  const total = (name: RegExp) =>
    Object.entries(observed)
      .filter(([key]) => name.test(key))
      .reduce((sum, [, { data }]) => sum + data[0]!, 0);
  return { windows: total(/^windows \d/), tied: total(/^tied \d/), tiedAtZero: total(/^tied at zero \d/) };
}
