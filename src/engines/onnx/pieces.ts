/** The gradient of piecewise linear functions: g · slope(z), a given value at each kink. */
import { type FormatName, formatOf } from "../../formats";
import { constantValue, isConstant, type Value } from "../../ir";
import type { AttributesOf } from "../../ops";
import type { ModelBuilder } from "./model";

type Pieces = AttributesOf<"pieceGradient">;

export function pieceGradient(model: ModelBuilder, inputs: readonly string[], pieces: Pieces, value: Value): string {
  const [z, g, ...kinkValues] = inputs as [string, string, ...string[]];
  const { at, slopes, chainRule } = pieces;
  const isStep = !model.target.device && at.length === 1 && at[0] === 0 && slopes[0] === 0 && slopes[1] === 1;
  const slope = isStep ? stepSlope(model, z, kinkValues[0]!, value) : chosenSlope(model, z, kinkValues, pieces, value);
  const product = model.node("Mul", [g, slope]);
  // without a kink nothing has looked at z
  if (at.length === 0) return model.node("Where", [model.node("Equal", [z, z]), product, z]);
  if (chainRule === "multiply") return product;
  return at.reduce((result, k, i) => {
    const atKink = model.node("Equal", [z, number(model, value, k)]);
    return model.node("Where", [atKink, kinkValues[i]!, result]);
  }, product);
}

/** A constant, rounded to the format of a value. */
export const number = (model: ModelBuilder, { format }: Value, x: number): string =>
  model.constant(model.target.carrier(format), [formatOf(format as FormatName).round(x)]);

/** Powers of two in the carrier; multiplying by all of them takes the format's smallest number to at least 1. */
function enlarging(format: FormatName): readonly number[] {
  const [needed, largest] = [
    1 / formatOf(format).smallestSubnormal,
    2 ** formatOf(formatOf(format).carrier).maxExponent,
  ];
  return needed <= largest ? [needed] : [largest, largest];
}

/**
 * relu's slope without a choice, which would cost ONNX Runtime several passes: with K so large that |Kz| ≥ 1 for z ≠ 0, it is
 * clip(Kz + s, 0, 1) for s in [0, 1], and clip(Kz, 0, 1) + s · [z = 0] for any s. A NaN passes through.
 */
function stepSlope(model: ModelBuilder, z: string, s: string, value: Value): string {
  const carrier = model.target.carrier(value.format);
  const [zero, one] = [number(model, value, 0), number(model, value, 1)];
  const large = enlarging(value.format as FormatName).reduce(
    (x, k) => model.node("Mul", [x, model.constant(carrier, [k])]),
    z,
  );
  const clip = (x: string) => model.node("Clip", [x, zero, one]);
  const inside = () => clip(model.node("Add", [large, s]));
  const anywhere = () => {
    const atKink = model.cast(model.node("Equal", [z, zero]), carrier);
    return model.node("Add", [clip(large), model.node("Mul", [atKink, s])]);
  };
  const known = value.inputs[2]!;
  if (isConstant(known)) return constantValue(known) >= 0 && constantValue(known) <= 1 ? inside() : anywhere();
  const above = model.node("GreaterOrEqual", [s, zero]);
  const within = model.node("And", [above, model.node("LessOrEqual", [s, one])]);
  return model.branch(within, carrier, inside, anywhere);
}

/** From the leftmost piece outwards; only a z that is neither above nor below a kink reaches the sum: (k − k) + s, or NaN. */
function chosenSlope(
  model: ModelBuilder,
  z: string,
  kinkValues: readonly string[],
  { at, slopes }: Pieces,
  value: Value,
): string {
  const slopeOf = (i: number) => number(model, value, slopes[i]!);
  return at.reduce((slope, k, i) => {
    const kink = number(model, value, k);
    const atKink = model.node("Add", [k === 0 ? z : model.node("Sub", [z, kink]), kinkValues[i]!]);
    const below = model.node("Where", [model.node("Less", [z, kink]), slope, atKink]);
    return model.node("Where", [model.node("Greater", [z, kink]), slopeOf(i + 1), below]);
  }, slopeOf(0));
}
