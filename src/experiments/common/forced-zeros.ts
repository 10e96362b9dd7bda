/** Zeros that no precision would avoid: sums in which every term has a factor that is exactly zero. */
import { constant, type Value } from "../../ir";
import { type OpName, ops, recordOf } from "../../ops";

type Magnitude = (node: Value) => Value | undefined;

/**
 * A value ≥ 0 that is 0 exactly where `node` is zero whatever its parameters are, because every term summed there is;
 * undefined where that cannot happen. It broadcasts to the node: a convolution's is [B, H, W, 1].
 *
 * In a trunk without biases, a window in which all activations are zero gives such a zero, at 64 bits as well, and so does its
 * sum with a shortcut that is zero. A bias or a normalisation ends it.
 */
export function magnitude(node: Value): Value | undefined {
  const rule = rules[node.op.name as OpName];
  if (rule) return rule(node);
  // an activation is zero where it clips, and only then is what follows it a sum of zeros
  return recordOf(node.op)?.pieces ? ops.abs(node) : undefined;
}

const rules: Partial<Record<OpName, Magnitude>> = {
  conv2d(node) {
    const [x, w, bias] = node.inputs as [Value, Value, Value?];
    const inside = bias ? undefined : magnitude(x);
    if (!inside) return undefined;
    const [, height, width] = w.shape as [number, number, number, number];
    const { stride, padding } = node.attributes as Readonly<Record<string, readonly number[]>>;
    const ones = ops.broadcast(constant(node.format, 1), [1, height, width, inside.shape[3]!]);
    return ops.conv2d(inside, ones, { stride, padding }); // [B, H', W', 1]
  },
  add(node) {
    const [a, b] = node.inputs.map(magnitude);
    return a && b ? ops.add(a, b) : undefined;
  },
  // a maximum may be zero beside negative numbers: it is forced only where its whole window is
  maxPool(node) {
    const inside = magnitude(node.inputs[0]!);
    return inside && ops.maxPool(inside, node.attributes as unknown as Parameters<typeof ops.maxPool>[1]);
  },
};

/** How many elements of a value are such zeros, as an i32 scalar; undefined where there can be none. */
export function countForced(node: Value): Value | undefined {
  const found = magnitude(node);
  if (!found) return undefined;
  const whole = found.shape.join() === node.shape.join() ? found : ops.broadcast(found, node.shape);
  return ops.count(ops.equal(whole, constant(node.format, 0)));
}
