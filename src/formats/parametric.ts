/**
 * Formats by their numbers of bits:
 *
 *     name ::= e E p P ["-flush"] ["-sums"] ["-stochastic"]
 *
 * E exponent bits (3 … 10) as in IEEE 754, P significand bits with the implicit one (2 … 25): e5p11 has the numbers of f16, e8p8 those of
 * bf16. `-flush`: no subnormal numbers. `-sums`: every partial sum is rounded to the format, otherwise sums are accumulated in f32, or in f64
 * where f32 does not have all numbers of the format. `-stochastic`: each rounding takes one of the two neighbours by chance.
 */
import { fail } from "../util";
import { f32 } from "./f32";
import { f64 } from "./f64";
import { narrowFormat } from "./float-format";
import type { Format } from "./format";
import { formatHint } from "./other-names";

type Optional<Suffix extends string> = "" | Suffix;
export type ParametricName = `e${number}p${number}${Optional<"-flush">}${Optional<"-sums">}${Optional<"-stochastic">}`;

/** The grammar in words, for errors. */
export const PARAMETRIC = "e<E>p<P> with E in 3 … 10 and P in 2 … 25, then -flush, -sums, -stochastic as wanted";

const GRAMMAR = /^e(\d+)p(\d+)(-flush)?(-sums)?(-stochastic)?$/;
const known = new Map<string, Format<ParametricName>>();

/** What a name says; undefined if it is not of the grammar. */
export interface Parameters {
  readonly exponentBits: number;
  readonly precision: number;
  readonly flush: boolean;
  readonly sums: boolean;
  readonly stochastic: boolean;
}

export function parametersOf(name: string): Parameters | undefined {
  const [, e, p, flush, sums, stochastic] = GRAMMAR.exec(name) ?? [];
  const [exponentBits, precision] = [Number(e), Number(p)];
  const written = e === String(exponentBits) && p === String(precision);
  const within = exponentBits >= 3 && exponentBits <= 10 && precision >= 2 && precision <= 25;
  if (!written || !within) return undefined;
  return { exponentBits, precision, flush: !!flush, sums: !!sums, stochastic: !!stochastic };
}

export const isParametric = (name: string): name is ParametricName => parametersOf(name) !== undefined;

/** The format of a name; the same record each time. @throws NonsmoothError for a name that is not of the grammar */
export function parametricFormat(name: ParametricName): Format<ParametricName> {
  const found = known.get(name) ?? create(name, parametersOf(name) ?? unknownFormat(name));
  known.set(name, found);
  return found;
}

function unknownFormat(name: unknown): never {
  return fail("format", `must be ${PARAMETRIC}`, name, formatHint(name));
}

function create(
  name: ParametricName,
  { exponentBits, precision, flush, sums, stochastic }: Parameters,
): Format<ParametricName> {
  const maxExponent = 2 ** (exponentBits - 1) - 1;
  const numbers = narrowFormat(name, exponentBits + precision, precision, maxExponent, { subnormals: !flush });
  const { smallestSubnormal } = numbers;
  const single = maxExponent <= f32.maxExponent && precision <= f32.precision;
  // a second rounding changes nothing from 2p + 2 bits on (Figueroa 1995), if the products of the smallest numbers have them, too
  const inSingle =
    2 * precision + 2 <= f32.precision && smallestSubnormal >= f32.smallestSubnormal * 2 ** (2 * precision);
  const carrier = single ? f32 : f64;
  return {
    ...numbers,
    name,
    carrier: carrier.name as "f32" | "f64",
    arithmetic: single && inSingle ? "f32" : "f64",
    rounding: stochastic ? "stochastic" : "nearest",
    accumulator: sums ? name : (carrier.name as "f32" | "f64"),
    encoding: carrier.encoding,
  };
}
