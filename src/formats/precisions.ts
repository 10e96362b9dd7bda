/** A precision of experiments: one format for everything, or two formats that share the work. One record each. */
import { fail } from "../util";
import type { FormatName } from "./index";

export interface Precision {
  /** As in configurations and rows: a number of bits, or a name. */
  readonly id: number | string;
  /** Of images, activations and gradients. */
  readonly format: FormatName;
  /** Of the parameters, the optimizer's state and the loss. */
  readonly state: FormatName;
  /** For people: "16 bits", which always means f16. */
  readonly label: string;
  /** For legends, if the label is long. */
  readonly short?: string;
  /** Time for an operation on the CPU, relative to 32 bits; precise enough to estimate how much of a run is left. */
  readonly price: number;
}

/** Every precision, in the order of legends. */
export const precisions = [
  { id: 16, format: "f16", state: "f16", label: "16 bits", price: 1.3 },
  { id: "bf16", format: "bf16", state: "bf16", label: "bfloat16", price: 1.3 },
  { id: 32, format: "f32", state: "f32", label: "32 bits", price: 1 },
  { id: 64, format: "f64", state: "f64", label: "64 bits", price: 2.2 },
  { id: "mixed", format: "f16", state: "f32", label: "mixed precision", short: "mixed", price: 1.4 },
] as const satisfies readonly Precision[];

type Known = (typeof precisions)[number];
type UniformOf<P extends Known> = P extends Known ? (P["format"] extends P["state"] ? P["id"] : never) : never;

export type PrecisionId = Known["id"];

/** Those that compute everything in one format, and those in which two share the work. */
export type UniformId = UniformOf<Known>;
export type MixedId = Exclude<PrecisionId, UniformId>;

/** The two formats of a precision. */
export type FormatPair = Pick<Precision, "format" | "state">;

export const isMixed = ({ format, state }: FormatPair): boolean => format !== state;

export const precisionIds: readonly PrecisionId[] = precisions.map(({ id }) => id);
export const uniformIds = precisions.filter((known) => !isMixed(known)).map(({ id }) => id) as UniformId[];

/** The record of a precision. @throws NonsmoothError for an unknown one */
export function precisionOf(id: number | string): Precision {
  return (
    precisions.find((known) => known.id === id) ?? fail("precision", `must be one of ${precisionIds.join(", ")}`, id)
  );
}

export const isMixedId = (id: PrecisionId): id is MixedId => isMixed(precisionOf(id));

/** In the order of legends. */
export const inOrder = <Id extends PrecisionId>(ids: readonly Id[]): Id[] =>
  [...ids].sort((a, b) => precisionIds.indexOf(a) - precisionIds.indexOf(b));

/** "16, 32, 64 bits, bfloat16": the numbers of bits together. */
export function precisionWords(ids: readonly (number | string)[]): string {
  const bits = ids.filter((id) => typeof id === "number");
  const names = ids.filter((id) => typeof id !== "number").map((id) => precisionOf(id).label);
  return [...(bits.length > 0 ? [`${bits.join(", ")} bits`] : []), ...names].join(", ");
}
