/** Where the kinks of a graph stand: in which layer, and how deep. */
import type { Value } from "../ir";
import { recordOf } from "../ops";
import { layersOf } from "./layers";

/** The place of a kink in a graph, for values that differ from place to place. */
export interface KinkPlace {
  /** "relu.zero" */
  readonly kink: string;
  /**
   * The layer whose parameters were used last before it, by their names: "fc1" after fc1.weight, "layer2.0.bn1" after layer2.0.bn1.bias.
   * Undefined where no input has such a name. A ReLU and the max-pool behind it have the same.
   */
  readonly layer: string | undefined;
  /** Its number among the places of this kink in the order of the forward pass, from 1. */
  readonly depth: number;
  /** How many places this kink has. */
  readonly depths: number;
}

/** The names of the kinks and other conventions of a value's operation: "relu.zero". */
export function kinksOf({ op, attributes }: Value): string[] {
  const record = recordOf(op);
  const all = [...(record?.pieces?.(attributes).kinks ?? []), ...(record?.conventions ?? [])];
  return all.map(({ name }) => `${op.name}.${name}`);
}

/** The places of the kinks in a topological order. */
export function placesOf(order: readonly Value[]): (node: Value, kink: string) => KinkPlace {
  const layers = layersOf(order);
  const depths = new Map<string, number>();
  const depthAt = new Map<Value, ReadonlyMap<string, number>>();
  for (const node of order) {
    const own = kinksOf(node).map((kink) => [kink, (depths.get(kink) ?? 0) + 1] as const);
    for (const [kink, depth] of own) depths.set(kink, depth);
    if (own.length > 0) depthAt.set(node, new Map(own));
  }
  return (node, kink) => ({
    kink,
    layer: layers.get(node),
    depth: depthAt.get(node)!.get(kink)!,
    depths: depths.get(kink)!,
  });
}

/** "relu.zero in fc1", or "relu.zero, number 2" where no layer is known. */
export const placeName = ({ kink, layer, depth }: KinkPlace): string =>
  layer === undefined ? `${kink}, number ${depth}` : `${kink} in ${layer}`;
