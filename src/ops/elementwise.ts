/** What all elementwise operations share: NumPy's broadcasting, one format, and the loop. */
import { isFloat } from "../formats";
import {
  broadcastShapes,
  formatType,
  type Shape,
  sameShape,
  size,
  strides,
  type Tensor,
  type Type,
  type Value,
} from "../ir";
import { fail } from "../util";
import type { Builders } from "./index";

/** Common float format of the operands; an error names the operation. */
export function requireFloats(what: string, inputs: readonly Type[], count: number): void {
  if (inputs.length !== count) fail(what, `takes ${count} operand${count === 1 ? "" : "s"}`, inputs.length);
  const first = inputs[0]!;
  if (!isFloat(first.format)) fail(what, "operands must be floating-point", formatType(first));
  const other = inputs.find((type) => type.format !== first.format);
  if (other) fail(what, `operands must share the format ${first.format}`, other.format, "insert cast");
}

/** Shape rule: operands of one float format, shapes stretched to a common one. */
export function inferElementwise(what: string, inputs: readonly Type[], count: number): Type {
  requireFloats(what, inputs, count);
  const shape = broadcastShapes(
    what,
    inputs.map((type) => type.shape),
  );
  return { format: inputs[0]!.format, shape };
}

/** For each element of the result, the position of the operand's element that is stretched to it. */
export function stretchedIndex(operand: Shape, result: Shape): (i: number) => number {
  if (sameShape(operand, result)) return (i) => i;
  if (size(operand) === 1) return () => 0;
  const lead = result.length - operand.length;
  const own = strides(operand).map((stride, axis) => (operand[axis] === 1 ? 0 : stride));
  const outer = strides(result);
  return (i) => {
    let rest = i;
    let position = 0;
    for (let axis = 0; axis < result.length; axis++) {
      const coordinate = Math.floor(rest / outer[axis]!);
      rest -= coordinate * outer[axis]!;
      if (axis >= lead) position += coordinate * own[axis - lead]!;
    }
    return position;
  };
}

/** out[i] = f(a[i], b[i], c[i]), operands stretched. */
export function mapElements(
  inputs: readonly Tensor[],
  out: Float64Array,
  shape: Shape,
  f: (a: number, b: number, c: number) => number,
): void {
  const read = inputs.map(({ data, shape: own }) => {
    const index = stretchedIndex(own, shape);
    return (i: number) => data[index(i)]!;
  });
  const zero = () => 0;
  const [a, b = zero, c = zero] = read;
  for (let i = 0; i < out.length; i++) out[i] = f(a!(i), b(i), c(i));
}

/** The gradient of an operand that was stretched: summed over the axes along which it was repeated. */
export function stretchBack(ops: Builders, g: Value, shape: Shape): Value {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  const axes = g.shape.map((_, axis) => axis).filter((axis) => axis < lead || shape[axis - lead] !== g.shape[axis]);
  return ops.reshape(ops.reduceSum(g, axes), shape);
}
