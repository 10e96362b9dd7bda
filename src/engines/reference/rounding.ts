/** How the definition rounds to a format. */
import { createHash } from "node:crypto";
import { type ElementFormat, type Format, formatOf, isFloat, roundStochastically } from "../../formats";
import type { Value } from "../../ir";
import { stream, threefry2x32 } from "../../util";

/** Rounds the results of one node, one after another. */
export type Rounding = (x: number) => number;

const same: Rounding = (x) => x;

/** @param key of the random numbers of stochastic rounding; asked for only where they are needed */
export function roundingTo(format: ElementFormat, key: () => readonly [number, number]): Rounding {
  if (!isFloat(format)) return same;
  const target = formatOf(format);
  return target.rounding === "nearest" ? target.round : stochastic(target, key());
}

/**
 * The random number depends on the key, on how many results the node has rounded before, and on x. So a program is a function of its feeds, as with
 * rounding to nearest: the same feeds give the same bits, in a resumed run, too.
 */
function stochastic(format: Format, [k0, k1]: readonly [number, number]): Rounding {
  const number = new Float64Array(1);
  const words = new Uint32Array(number.buffer);
  const random = new Uint32Array(2);
  let count = 0;
  return (x) => {
    number[0] = x;
    threefry2x32(k0, k1 ^ count++, words[0]!, words[1]!, random);
    return roundStochastically(format, x, (random[0]! * 2 ** 21 + (random[1]! >>> 11)) * 2 ** -53);
  };
}

/**
 * Keys for values: equal computations have equal keys in every graph, so that a forward pass rounds as the forward pass of a training
 * step on the same feeds does.
 */
export function keysOf(seed: number): (value: Value) => readonly [number, number] {
  const names = new WeakMap<Value, string>();
  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const { op, attributes, inputs, format, shape } = value;
    const text = JSON.stringify([op.name, attributes, format, shape, inputs.map(nameOf)]);
    const name = createHash("sha256").update(text).digest("hex");
    names.set(value, name);
    return name;
  };
  return (value) => stream(seed, "stochastic rounding", nameOf(value)).key;
}
