/** Networks that cannot be built are refused by their size, before anything is built. */
import { size } from "../../ir";
import type { Layer } from "../../nn";
import { fail, memorySize, sumOf } from "../../util";

/** Bytes that a parameter takes at the least: its value as drawn and in its format, and two gradients. */
const BYTES = 16;

/** @throws NonsmoothError for more parameters than this machine's memory has room for */
export function requireFits(what: string, parameters: number): void {
  const memory = memorySize();
  const most = Math.floor(memory / BYTES);
  if (parameters <= most) return;
  const room = `for which the memory here suffices (${(memory / 2 ** 30).toFixed(1)} GiB)`;
  fail(what, `must make a network of at most ${most.toLocaleString("en")} parameters, ${room}`, parameters);
}

/** The parameters of a perceptron: weights and biases. */
export function perceptronParameters(inputs: number, hidden: readonly number[], classes: number): number {
  const widths = [inputs, ...hidden, classes];
  return sumOf([...widths.keys()].slice(1), (i) => (widths[i - 1]! + 1) * widths[i]!);
}

export const parametersOf = ({ parameters }: Pick<Layer, "parameters">): number =>
  sumOf(parameters, ({ shape }) => size(shape));
