/**
 * The orders in which the sum of a pre-activation x·w + b can be added; all are correct, and each has roundings of its own.
 *
 *     engine        the engine's product, then the bias
 *     bias-first    parts of 128 terms, added one after the other to the bias, as ONNX Runtime's `Gemm` does
 *     parts-n       parts of n terms, added one after the other, then the bias
 *     pairwise-16   parts of 16 terms, added in pairs, the pairs in pairs, …, then the bias
 *     in-turn       term after term, then the bias
 */
import type { Feeds } from "../../engines";
import { type Graph, input, tensor, type Value } from "../../ir";
import { ops } from "../../ops";

export const orderNames = [
  "engine",
  "bias-first",
  "parts-64",
  "parts-32",
  "parts-16",
  "pairwise-16",
  "in-turn",
] as const;
export type OrderName = (typeof orderNames)[number];

/** How a sum is divided. */
export interface Order {
  /** Terms that are added one after the other. */
  readonly part: number;
  /** Whether neighbouring parts are added in pairs, rather than one after the other. */
  readonly pairwise: boolean;
  /** Whether the parts are added to the bias, rather than the bias to their sum. */
  readonly biasFirst: boolean;
}

/**
 * Terms in a part of ONNX Runtime's products on the CPU, of `terms` terms and for `columns` results a row: 128, more where the result is narrow,
 * less where it is wider than the sum is long (MLAS, sgemm.cpp: the strides of N and K keep their product).
 */
function enginePart(terms: number, columns: number): number {
  let [n, k] = [128, 128];
  if (columns >= terms) for (; k / 2 >= terms; n *= 2) k /= 2;
  else for (; n > 16 && n / 2 >= columns; n /= 2) k *= 2;
  return k;
}

/** The order of a name, for sums of `terms` terms and `columns` results a row. */
export function orderOf(name: OrderName, terms: number, columns: number): Order {
  const last = { pairwise: false, biasFirst: false };
  if (name === "engine") return { ...last, part: enginePart(terms, columns) };
  if (name === "bias-first") return { part: 128, pairwise: false, biasFirst: true };
  if (name === "in-turn") return { ...last, part: terms };
  const [kind, part] = name.split("-") as [string, string];
  return { part: Number(part), pairwise: kind === "pairwise", biasFirst: false };
}

/** The parts' beginnings and ends. */
export const partsOf = (terms: number, part: number): [from: number, to: number][] =>
  Array.from({ length: Math.ceil(terms / part) }, (_, i) => [i * part, Math.min((i + 1) * part, terms)]);

/** Parts added as an order says, with an addition that is the caller's own. */
export function combine<T>(parts: readonly T[], bias: T | undefined, order: Order, add: (a: T, b: T) => T): T {
  if (bias !== undefined && order.biasFirst) return parts.reduce(add, bias);
  const sum = order.pairwise ? inPairs(parts, add) : parts.reduce(add);
  return bias === undefined ? sum : add(sum, bias);
}

function inPairs<T>(parts: readonly T[], add: (a: T, b: T) => T): T {
  if (parts.length === 1) return parts[0]!;
  const next = Array.from({ length: Math.ceil(parts.length / 2) }, (_, i) => {
    const [a, b] = [parts[2 * i]!, parts[2 * i + 1]];
    return b === undefined ? a : add(a, b);
  });
  return inPairs(next, add);
}

/** Inputs that name the terms of a part: "terms 128 to 256". */
const termsInput = (from: number, to: number) => input(`terms ${from} to ${to}`, "i32", [to - from]);

/** What a graph with ordered sums is fed for their parts. */
export function termsFeeds({ inputs }: Graph): Feeds {
  const known = [...inputs.keys()].flatMap((name) => {
    const [, from, to] = /^terms (\d+) to (\d+)$/.exec(name) ?? [];
    if (from === undefined) return [];
    const terms = Array.from({ length: Number(to) - Number(from) }, (_, i) => Number(from) + i);
    return [[name, tensor("i32", terms)] as const];
  });
  return Object.fromEntries(known);
}

/** x·Wᵀ + b, [B, N], in an order; x is [B, K], W [N, K], b [N]. */
export function orderedSum(x: Value, w: Value, b: Value, name: OrderName): Value {
  if (name === "engine") return ops.matmul(x, w, { bias: b, transposeB: true });
  const [columns, terms] = w.shape as [number, number];
  const order = orderOf(name, terms, columns);
  const [left, right] = [ops.transpose(x, [1, 0]), ops.transpose(w, [1, 0])]; // [K, B], [K, N]
  const parts = partsOf(terms, order.part).map(([from, to]) => {
    const rows = termsInput(from, to);
    return ops.matmul(ops.take(left, rows), ops.take(right, rows), { transposeA: true });
  });
  return combine(parts, ops.reshape(b, [1, columns]), order, ops.add);
}
