/** Rounding to a format that ONNX Runtime does not have, by arithmetic in f64: exact, to nearest, ties to even. */
import { type Format, formats } from "../../formats";
import type { ModelBuilder } from "./model";

const { precision: BITS } = formats.f64;

/**
 * |x| is rounded to p bits by Veltkamp's splitting, c − (c − |x|) with c = |x|·(2^(53 − p) + 1), or if that is below the
 * smallest normal number by adding and subtracting 1.5·2^52 of the smallest subnormal one. The sign is put on at the end, since ONNX Runtime's choices turn −0 into 0.
 * @param x an f64 tensor
 * @returns an f64 tensor of the format's numbers
 */
export function roundedInDouble(model: ModelBuilder, x: string, format: Format): string {
  const { precision, maxExponent, smallestNormal, smallestSubnormal, largest, infinite } = format;
  const number = (v: number) => model.constant("f64", [v]);
  const magnitude = model.node("Clip", [model.node("Abs", [x]), number(0), number(2 ** (maxExponent + 1))]);
  const c = model.node("Mul", [magnitude, number(2 ** (BITS - precision) + 1)]);
  const normal = model.node("Sub", [c, model.node("Sub", [c, magnitude])]);
  const magic = number(1.5 * 2 ** (BITS - 1) * smallestSubnormal);
  const small =
    smallestSubnormal < smallestNormal ? model.node("Sub", [model.node("Add", [magnitude, magic]), magic]) : number(0);
  const isSmall = model.node("Less", [normal, number(smallestNormal)]);
  const rounded = model.node("Where", [isSmall, small, normal]);
  const overflows = model.node("Greater", [rounded, number(largest)]);
  const beyond = number(infinite ? Number.POSITIVE_INFINITY : Number.NaN);
  return model.node("Mul", [model.node("Where", [overflows, beyond, rounded]), sign(model, x)]);
}

/** −1, −0, 0 or 1 (or NaN): x times the reciprocal of f64's smallest number, clipped. */
function sign(model: ModelBuilder, x: string): string {
  const half = model.constant("f64", [2 ** 537]);
  const large = model.node("Mul", [model.node("Mul", [x, half]), half]);
  return model.node("Clip", [large, model.constant("f64", [-1]), model.constant("f64", [1])]);
}
