/** The ties of a training step, as further outputs of its program. */
import { constant, elements, type Value } from "../../ir";
import { maxPoolsOf, tieCountsOf } from "../common/max-pools";

/** Windows of max-pooling in one step, all layers. */
export interface Ties {
  readonly windows: number;
  /** With several maxima. */
  readonly tied: number;
  /** Those of them whose maximum is 0. */
  readonly tiedAtZero: number;
}

/** For each max-pool `tied k`, `tied at zero k` and `windows k`, its number of windows; scalars in f32. */
export function tieCounts(loss: Value): Record<string, Value> {
  const outputs = maxPoolsOf([loss]).flatMap((pool, i): [string, Value][] => {
    const { tied, tiedAtZero } = tieCountsOf(pool);
    const windows = constant("f32", elements(pool.maxima));
    return [
      [`tied ${i}`, tied],
      [`tied at zero ${i}`, tiedAtZero],
      [`windows ${i}`, windows],
    ];
  });
  return Object.fromEntries(outputs);
}

/** What a step found, from its observed tensors. */
export function readTies(observed: Readonly<Record<string, { readonly data: ArrayLike<number> }>>): Ties {
  const total = (name: RegExp) =>
    Object.entries(observed)
      .filter(([key]) => name.test(key))
      .reduce((sum, [, { data }]) => sum + data[0]!, 0);
  return { windows: total(/^windows \d/), tied: total(/^tied \d/), tiedAtZero: total(/^tied at zero \d/) };
}
