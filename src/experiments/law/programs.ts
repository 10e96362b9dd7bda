/** The programs of a cell: a forward pass that counts exact zeros, and one in f64 that shows the pre-activations and what they are made of. */
import { type KinkSite, kinkHits, kinkSites } from "../../autodiff";
import type { Results } from "../../engines";
import { type FormatName, formatOf, isNarrow, precisionOf } from "../../formats";
import { type Graph, graph, input, inputName, isInput, size, type Value } from "../../ir";
import { applyNetwork, type ImageShape, type Layer } from "../../nn";
import { type OpName, ops } from "../../ops";
import { countForced } from "../common/forced-zeros";
import { type Cell, networkOf } from "./cells";
import { type OrderName, orderedSum } from "./orders";

export interface Shapes {
  readonly inputShape: ImageShape;
  readonly classes: number;
}

/** A program that counts, and how its results are read. */
export interface CountProgram {
  readonly network: Layer;
  /** Inputs x [B, ...], the parameters, and the terms of ordered sums; outputs `hits i`, `forced i` of each layer, and `check`. */
  readonly graph: Graph;
  /** Pre-activations of one image, by layer. */
  readonly calls: readonly number[];
  /** The zeros of a mini-batch, by layer. @throws NonsmoothError where the logits are not finite */
  read(results: Results): { readonly hits: readonly number[]; readonly forced: readonly number[] };
}

const reluSites = (result: Value): KinkSite[] =>
  kinkSites([result]).filter(({ kink, at }) => kink === "relu.zero" && at !== undefined);

export function countProgram(cell: Cell, shapes: Shapes, batch: number): CountProgram {
  const format = precisionOf(cell.precision).format;
  const network = networkOf(cell, shapes);
  const output = forward(network, cell.order, input("x", format, [batch, ...shapes.inputShape]));
  const sites = reluSites(output);
  const forced = sites.map(({ operand }) => countForced(operand));
  const outputs = {
    ...Object.fromEntries(sites.map((site, i) => [`hits ${i}`, kinkHits(site)])),
    ...Object.fromEntries(forced.flatMap((value, i) => (value ? [[`forced ${i}`, value]] : []))),
    check: ops.reduceSum(inCarrier(output, format)),
  };
  const read = (results: Results, what: string) => sites.map((_, i) => results[`${what} ${i}`]?.data[0] ?? 0);
  return {
    network,
    graph: graph(outputs, `zeros of ${cell.network}`),
    calls: sites.map(({ operand }) => size(operand.shape) / batch),
    read(results) {
      requireFinite(results.check!.data);
      return { hits: read(results, "hits"), forced: read(results, "forced") };
    },
  };
}

/** A sum of many logits may be beyond the largest number of a format that has each of them. */
const inCarrier = (value: Value, format: FormatName): Value =>
  isNarrow(format) ? ops.cast(value, formatOf(format).carrier) : value;

/** @param logits or a sum of them, which is finite only if they all are */
export function requireFinite(logits: ArrayLike<number>): void {
  if (!Array.from(logits).every(Number.isFinite)) throw new Error("the logits are not finite");
}

/** The network's output, its sums added in an order. */
function forward(network: Layer, order: OrderName, x: Value): Value {
  const { output, parameters } = applyNetwork(network, x);
  if (order === "engine") return output;
  const layers = network.parameters.length / 2;
  const of = (part: string, i: number) => parameters.get(`fc${i + 1}.${part}`)!;
  const flat = ops.reshape(x, [x.shape[0]!, size(x.shape.slice(1))]);
  return Array.from({ length: layers }, (_, i) => i).reduce(
    (h, i) => orderedSum(i === 0 ? h : ops.relu(h), of("weight", i), of("bias", i), order),
    flat,
  );
}

/** The pass in f64. */
export interface ExactProgram {
  readonly network: Layer;
  readonly graph: Graph;
  /** The pre-activations, by layer. */
  readonly sites: readonly Value[];
  /** The name under which a value is among the results or the feeds. */
  nameOf(value: Value): string;
}

/** Every value that a prediction looks at: pre-activations, and the operands of the operations that make them. */
export function exactProgram(cell: Cell, shapes: Shapes, batch: number): ExactProgram {
  const network = networkOf(cell, shapes);
  const { output } = applyNetwork(network, input("x", "f64" satisfies FormatName, [batch, ...shapes.inputShape]));
  const sites = reluSites(output).map(({ operand }) => operand);
  const names = new Map<Value, string>();
  const look = (value: Value): void => {
    if (names.has(value)) return;
    names.set(value, isInput(value) ? inputName(value) : `value ${names.size}`);
    if (SUMS.has(value.op.name as OpName)) for (const operand of value.inputs) look(operand);
  };
  for (const site of sites) look(site);
  const outputs = [...names].filter(([value]) => !isInput(value)).map(([value, name]) => [name, value] as const);
  return {
    network,
    graph: graph(Object.fromEntries(outputs), `pre-activations of ${cell.network}`),
    sites,
    nameOf: (value) => names.get(value)!,
  };
}

/** Operations whose grid follows from their operands. */
const SUMS: ReadonlySet<OpName> = new Set(["matmul", "conv2d", "batchNorm", "add"]);
