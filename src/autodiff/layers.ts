/** Which layer of a network a value belongs to, read from the graph: parameters are inputs named `<layer>.<what>`. */
import { inputName, isConstant, isInput, type Value } from "../ir";

/** The layer whose parameters were used last, and when. */
interface Place {
  readonly layer: string | undefined;
  readonly at: number;
  /** Whether the value is made of parameters alone, as a weight in another format. */
  readonly kept: boolean;
}

/** "fc1" of fc1.weight; the names of other inputs have no dot, or a space. */
const layerIn = (name: string): string | undefined => /^(\S+)\.[^\s.]+$/.exec(name)?.[1];

/**
 * The layer of each value of a topological order: the one whose parameters were used last on the way to it. "fc1" for the ReLU after the linear
 * layer with fc1.weight, "bn1" if batch normalisation stands between. Undefined where no parameter was used.
 */
export function layersOf(order: readonly Value[]): Map<Value, string | undefined> {
  const places = new Map<Value, Place>();
  for (const [at, value] of order.entries()) places.set(value, placeOf(value, at, places));
  return new Map([...places].map(([value, { layer }]) => [value, layer]));
}

function placeOf(value: Value, at: number, places: ReadonlyMap<Value, Place>): Place {
  if (isInput(value)) {
    const layer = layerIn(inputName(value));
    return { layer, at, kept: layer !== undefined };
  }
  const operands = value.inputs.filter((operand) => !isConstant(operand)).map((operand) => places.get(operand)!);
  const parameters = operands.filter(({ kept }) => kept);
  const isKept = parameters.length > 0 && parameters.length === operands.length;
  const last = (parameters.length > 0 ? parameters : operands).reduce<Place | undefined>(
    (latest, place) => (place.layer !== undefined && place.at >= (latest?.at ?? -1) ? place : latest),
    undefined,
  );
  return { layer: last?.layer, at: parameters.length > 0 ? at : (last?.at ?? -1), kept: isKept };
}
