import { type ElementFormat, formatOf, isFloat, requireFormat } from "../formats";
import { fail } from "../util";
import { formatType, requireLengths, size } from "./shapes";
import { requireWhole } from "./tensor";
import type { Attributes, Operation, Shape, Type, Value } from "./types";

/** Applies an operation to values: its shape rule checks them and gives the type of the result. */
export function apply<A extends Attributes>(op: Operation<A>, inputs: readonly Value[], attributes: A): Value {
  const { format, shape } = op.infer(inputs, attributes);
  return { op, inputs, attributes, format, shape };
}

type Leaf<A extends Attributes> = Operation<A & { readonly format: Type["format"]; readonly shape: Shape }>;

const leafType = (what: string, format: ElementFormat, shape: Shape): Type => {
  requireFormat(what, format);
  if (!Array.isArray(shape)) fail(what, "shape must be a list of lengths, [] for a scalar", shape);
  requireLengths(what, shape);
  return { format, shape };
};

export const inputOp: Leaf<{ readonly name: string }> = {
  name: "input",
  infer(_, { name, format, shape }) {
    // so that it is unlike any other name in a printed graph or in a compiled model
    if (!/^[\p{L}_][^%\n]*$/u.test(name))
      fail("input", "name must begin with a letter and hold no % and no line break", name);
    return leafType(`input ${name}`, format, shape);
  },
};

export const constantOp: Leaf<{ readonly value: number }> = {
  name: "constant",
  infer: (_, { format, shape }) => leafType("constant", format, shape),
};

/**
 * A value that every run feeds, by name.
 *
 * @example
 * ```ts
 * import { formatType, input, ops } from "nonsmooth";
 *
 * const x = input("x", "f16", [128, 28, 28, 1]);
 * console.log(formatType(ops.relu(x))); // f16[128,28,28,1]
 * ```
 */
export function input(name: string, format: Type["format"], shape: Shape): Value {
  return apply(inputOp, [], { name, format, shape });
}

/**
 * A scalar known when the graph is built; it stretches to any shape. It is rounded to its format: `constant("f32", 0.1)`.
 *
 * @example
 * ```ts
 * import { constant, formatType, input, ops } from "nonsmooth";
 *
 * const tenth = constant("f16", 0.1);
 * console.log(tenth.attributes.value); // 0.0999755859375
 * console.log(formatType(ops.mul(tenth, input("x", "f16", [128, 10])))); // f16[128,10]
 * ```
 */
export function constant(format: ElementFormat, value: number): Value;
/** @deprecated the format comes first, as in `tensor` and `wrap` */
export function constant(value: number, format: ElementFormat): Value;
export function constant(...given: [ElementFormat, number] | [number, ElementFormat]): Value {
  const [format, value] = typeof given[0] === "number" ? [given[1] as ElementFormat, given[0]] : given;
  requireFormat("constant", format);
  if (typeof value !== "number") fail("constant", "value must be a number", value);
  const rounded = isFloat(format) ? formatOf(format).round(value) : requireWhole(`constant ${format}`, format, value);
  return apply(constantOp, [], { value: rounded, format, shape: [] });
}

export const isInput = (value: Value): boolean => value.op === inputOp;
export const isConstant = (value: Value): boolean => value.op === constantOp;
export const inputName = (value: Value): string => value.attributes.name as string;
export const constantValue = (value: Value): number => value.attributes.value as number;

/** Number of elements of a value. */
export const elements = (value: Type): number => size(value.shape);

/** Throws unless the value is a scalar. */
export function requireScalar(what: string, value: Type): void {
  if (value.shape.length !== 0) fail(what, "must be a scalar", formatType(value));
}
