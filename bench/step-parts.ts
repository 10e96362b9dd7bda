/** Which layer of the network, and which part of its work, each value of a training step's graph belongs to. */
import type { Graph, Value } from "nonsmooth";

export const COLUMNS = ["forward", "input gradient", "weight gradient", "all"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Part {
  readonly layer: string;
  readonly column: Column;
}

/** Percent of each step, by layer and column. */
export type Profile = readonly { readonly layer: string; readonly shares: { readonly [C in Column]?: number[] } }[];

/** The loss, and changes of shape. */
export const REST = "the rest";

/** Operations of layers without parameters, and of their gradients. */
const families: Readonly<Record<string, string>> = {
  relu: "relu",
  pieceGradient: "relu",
  maxPool: "max-pool",
  maxPoolGradient: "max-pool",
};

const nameOf = ({ op, attributes }: Value) => (op.name === "input" ? (attributes.name as string) : undefined);
const layerOf = (parameter: string) => parameter.slice(0, parameter.lastIndexOf("."));

/** The part of each node of a step of SGD with momentum, in the order of the graph. */
export function partsOf({ nodes, outputs }: Graph, parameters: readonly string[]): readonly Part[] {
  const loss = nodes.indexOf(outputs.get("loss")!);
  // m' = μ·m + g
  const gradients = new Map(parameters.map((name) => [outputs.get(`${name}.momentum`)!.inputs[1]!, name]));
  const known = new Set(parameters);
  const update = new Set<Value>();
  return nodes.map((node, i) => {
    const read = node.inputs.map(nameOf).find((name) => name !== undefined && known.has(name));
    const updates = node.inputs.some((operand) => update.has(operand) || isOfOptimizer(operand));
    if (updates) update.add(node);
    const gradientOf = gradients.get(node);
    const column = i <= loss ? "forward" : "input gradient";
    if (updates) return { layer: "optimizer", column: "all" };
    if (gradientOf) return { layer: layerOf(gradientOf), column: "weight gradient" };
    if (read) return { layer: layerOf(read), column };
    const family = families[node.op.name];
    return family ? { layer: family, column } : { layer: REST, column: "all" };
  });
}

const isOfOptimizer = (operand: Value) => /\.momentum$|^sgd\./.test(nameOf(operand) ?? "");
