/** A precision of experiments: one format for everything, or two formats that share the work. One record each. */
import { fail } from "../util";
import type { FormatName } from "./index";
import { ownName } from "./other-names";
import { isParametric, PARAMETRIC, type ParametricName, parametersOf } from "./parametric";

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

/** Every precision with a name of its own, in the order of legends; each parametric format is one, too. */
export const precisions = [
  { id: "e4m3", format: "e4m3", state: "e4m3", label: "8 bits (e4m3)", short: "e4m3", price: 2 },
  { id: "e5m2", format: "e5m2", state: "e5m2", label: "8 bits (e5m2)", short: "e5m2", price: 2 },
  { id: 16, format: "f16", state: "f16", label: "16 bits", price: 1.3 },
  { id: "bf16", format: "bf16", state: "bf16", label: "bfloat16", price: 1.3 },
  { id: "tf32", format: "tf32", state: "tf32", label: "tf32", price: 2.5 },
  { id: 32, format: "f32", state: "f32", label: "32 bits", price: 1 },
  { id: 64, format: "f64", state: "f64", label: "64 bits", price: 2.2 },
  { id: "mixed", format: "f16", state: "f32", label: "mixed precision", short: "mixed", price: 1.4 },
] as const satisfies readonly Precision[];

type Known = (typeof precisions)[number];
type UniformOf<P extends Known> = P extends Known ? (P["format"] extends P["state"] ? P["id"] : never) : never;

export type PrecisionId = Known["id"] | ParametricName;

/** Those that compute everything in one format, and those in which two share the work. */
export type UniformId = UniformOf<Known> | ParametricName;
export type MixedId = Exclude<PrecisionId, UniformId>;

/** The two formats of a precision. */
export type FormatPair = Pick<Precision, "format" | "state">;

export const isMixed = ({ format, state }: FormatPair): boolean => format !== state;

/** Those with names of their own. */
export const precisionIds = precisions.map(({ id }) => id);
export const uniformIds = precisions.filter((known) => !isMixed(known)).map(({ id }) => id) as UniformOf<Known>[];

/** What an error says of a precision that is not one of some ids. */
export const precisionRule = (ids: readonly (number | string)[]): string =>
  `must be one of ${ids.join(", ")}, or ${PARAMETRIC}`;

/** The precision that is meant by the name of a format, ours or another library's: 16 by "f16" and "float16". */
export function precisionHint(given: unknown): string | undefined {
  const format = ownName(given) ?? given;
  const meant = precisions.find((each) => !isMixed(each) && each.format === format && each.id !== given);
  return meant && `did you mean ${meant.id}?`;
}

export const isUniformId = (id: unknown): id is UniformId =>
  (uniformIds as readonly unknown[]).includes(id) || (typeof id === "string" && isParametric(id));

export const isPrecisionId = (id: unknown): id is PrecisionId =>
  (precisionIds as readonly unknown[]).includes(id) || isUniformId(id);

/** The record of a precision. @throws NonsmoothError for an unknown one */
export function precisionOf(id: number | string): Precision {
  const known = precisions.find((each) => each.id === id);
  if (known) return known;
  if (typeof id !== "string" || !isParametric(id))
    return fail("precision", precisionRule(precisionIds), id, precisionHint(id));
  return { id, format: id, state: id, label: parametricLabel(id), price: 2.5 };
}

/** "p = 12" with the exponents of f32, "p = 12, e5, no subnormals, own sums, stochastic". */
function parametricLabel(id: ParametricName): string {
  const { precision, exponentBits, flush, sums, stochastic } = parametersOf(id)!;
  const parts = [
    `p = ${precision}`,
    exponentBits !== 8 && `e${exponentBits}`,
    flush && "no subnormals",
    sums && "own sums",
    stochastic && "stochastic",
  ];
  return parts.filter(Boolean).join(", ");
}

export const isMixedId = (id: PrecisionId): id is MixedId => isMixed(precisionOf(id));

/** In the order of legends: the parametric ones last, from few bits to many. */
export const inOrder = <Id extends PrecisionId>(ids: readonly Id[]): Id[] =>
  [...ids].sort((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1));

function placeOf(id: PrecisionId): number {
  const parameters = parametersOf(String(id));
  const known = precisions.findIndex((each) => each.id === id);
  return parameters ? precisions.length + 100 * parameters.precision + parameters.exponentBits : known;
}

/** "16, 32, 64 bits, bfloat16": the numbers of bits together. */
export function precisionWords(ids: readonly (number | string)[]): string {
  const bits = ids.filter((id) => typeof id === "number");
  const names = ids.filter((id) => typeof id !== "number").map((id) => precisionOf(id).label);
  return [...(bits.length > 0 ? [`${bits.join(", ")} bits`] : []), ...names].join(", ");
}
