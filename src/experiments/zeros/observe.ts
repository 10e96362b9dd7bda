/** The zeros of a training step, as further outputs of its program. */
import { type KinkSite, kinkHits, kinkSites } from "../../autodiff";
import { constant, type Value } from "../../ir";
import { ops } from "../../ops";

/** Exact zeros of the pre-activations of one ReLU call each, by hidden layer. */
export interface Zeros {
  readonly all: readonly number[];
  /** Those that no rounding made: see `zeroCounts`. */
  readonly structural: readonly number[];
}

/**
 * For each hidden layer of a perceptron two more outputs of a step: `zeros k`, the elements of its pre-activation [B, N] that are
 * exactly 0, and `accidents k`, those of them that remain without
 *
 * - units that are 0 on every image of the mini-batch: no weights, no bias;
 * - images for which every unit of the layer before is switched off: their pre-activation is the bias, and 0 where that is 0.
 *
 * Such zeros are structural: they follow from zeros among the operands, in any precision.
 */
export function zeroCounts(loss: Value): Record<string, Value> {
  const sites = kinkSites([loss]).filter(({ kink }) => kink === "relu.zero");
  const counts = sites.flatMap((site, i): [string, Value][] => [
    [`zeros ${i + 1}`, kinkHits(site)],
    [`accidents ${i + 1}`, accidents(site, sites[i - 1])],
  ]);
  return Object.fromEntries(counts);
}

/** What a step found, from its observed tensors. */
export function readZeros(observed: Readonly<Record<string, { readonly data: ArrayLike<number> }>>): Zeros {
  const layers = Object.keys(observed).filter((name) => name.startsWith("zeros ")).length;
  const read = (name: string) => Array.from({ length: layers }, (_, i) => observed[`${name} ${i + 1}`]!.data[0]!);
  const [all, accidental] = [read("zeros"), read("accidents")];
  return { all, structural: all.map((n, i) => n - accidental[i]!) };
}

const [ZERO, ONE] = [constant("f32", 0), constant("f32", 1)];
// f32, whatever the format of the run: sums of ones are exact below 2^24
const ones = (condition: Value): Value => ops.select(condition, ONE, ZERO);

function accidents({ operand: z, hits }: KinkSite, before: KinkSite | undefined): Value {
  const [images] = z.shape as [number];
  const zeros = ones(hits); // [B, N]
  const always = ops.equal(ops.reduceSum(zeros, [0]), constant("f32", images)); // [N]
  const ofUnits = ops.select(always, ZERO, zeros);
  return ops.reduceSum(before ? ops.select(switchedOff(before), ZERO, ofUnits) : ofUnits);
}

/** Images for which no unit of a layer is positive, [B, 1]. */
function switchedOff({ operand: z }: KinkSite): Value {
  const positive = ops.reduceSum(ones(ops.greater(z, constant(z.format, 0))), [1]); // [B]
  return ops.equal(ops.reshape(positive, [z.shape[0]!, 1]), ZERO);
}
