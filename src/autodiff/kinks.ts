/**
 * Which value is taken at which kink: the only file that knows. What is done with it is `ops/piece-gradient.ts`; values that have a name, such as
 * "jax", are in `conventions.ts`.
 *
 * At a kink the derivative does not exist, and backpropagation has to put a number in its place: the *value at the kink*, as the
 * papers speak of the value of ReLU'(0). It has this name everywhere. In formulas it is s, and β at a tie of maxima. "Slope" is
 * the derivative beside a kink.
 *
 * Here the value is an input of the graph, so that one compiled program serves every choice. With z the operand, k the kink,
 * s the value and g the incoming gradient, the gradient passed on for a piecewise linear function f is
 *
 *     multiply    g · (f'(z) where z ≠ k, s where z = k)          the derivative as defined
 *     overwrite   g · f'(z) where z ≠ k, s where z = k             the released code of Bertoin et al. (2021), which
 *                                                                  drops the incoming gradient
 *
 * −0 equals 0. A NaN in z or in g is passed on.
 */
import { type FormatName, formatOf, isFloat } from "../formats";
import { formatType, requireScalar, topologicalOrder, type Value } from "../ir";
import { allRecords, type ChainRule, type Convention, type Kink, ops, recordOf, slopeAt } from "../ops";
import { fail, requireName } from "../util";
import { type ConventionName, conventionNames, conventions, type NamedValue, numberAt } from "./conventions";
import { type KinkPlace, placeName, placesOf } from "./places";

/**
 * The value at each kink, by name: `{"relu.zero": s}`. A scalar of the operand's format in the graph (usually an input), or a
 * number that is built in; or a function that gives one for each place: `({ layer }) => (layer === "fc1" ? 1 : 0)`. Kinks that are not
 * named take their default.
 */
export type KinkChoice = Readonly<Record<string, Value | number | ((place: KinkPlace) => Value | number)>>;

/** The values at all kinks: a convention by its name, "jax", or values by the kinks' names. */
export type Kinks = ConventionName | KinkChoice;

/** The values at all kinks: those that are given by the kinks' names, and for the others a convention, or else each kink's default. */
interface NamedValues {
  readonly given: KinkChoice;
  readonly others?: ConventionName;
}

/** The same in a graph, where kinks have places. */
export interface KinkValues extends NamedValues {
  placeOf(node: Value, kink: string): KinkPlace;
}

/**
 * Every kink, and every other convention, of every operation, by name.
 *
 * @example
 * ```ts
 * import { knownKinks } from "nonsmooth";
 *
 * console.log(Object.keys(knownKinks()).filter((name) => name.startsWith("relu")));
 * // [ 'relu.zero', 'relu6.zero', 'relu6.six' ]
 * ```
 */
export function knownKinks(): Readonly<Record<string, Convention | Kink>> {
  const found: Record<string, Convention | Kink> = {};
  for (const record of allRecords()) {
    // the names and places of kinks do not depend on attributes; a slope of 0 is valid wherever there is such an attribute
    const conventions = [...(record.pieces?.({ slope: 0 }).kinks ?? []), ...(record.conventions ?? [])];
    for (const convention of conventions) found[`${record.name}.${convention.name}`] = convention;
  }
  return found;
}

/**
 * What is taken at which kink, from what a user writes.
 * @param others convention for the kinks that are not named; default: each kink's own value
 * @throws NonsmoothError for a convention that does not exist, for two, and if a choice names a kink that no operation has
 */
export function kinkValues(kinks: Kinks, others?: ConventionName): NamedValues {
  if (others !== undefined) requireName("otherKinks", conventionNames, others);
  requireKinks(kinks);
  if (typeof kinks !== "string") return { given: kinks, others };
  if (others !== undefined) fail("otherKinks", `must be absent where kinks is a convention, ${kinks}`, others);
  return { given: {}, others: kinks };
}

/**
 * @param format that all values have to be numbers of; default: they may be values of a graph, each of the format of its operand. What
 * functions give is checked place by place
 * @throws NonsmoothError for what is no convention and no choice, for a kink that no operation has, and for a value that is not finite
 */
export function requireKinks(kinks: unknown, format?: FormatName): asserts kinks is Kinks {
  if (typeof kinks === "string") {
    requireName("kinks", conventionNames, kinks);
    return;
  }
  if (typeof kinks !== "object" || kinks === null || Array.isArray(kinks)) {
    const rule = `must be values by the kinks' names, or one of ${conventionNames.join(", ")}`;
    fail("kinks", rule, kinks, 'such as { "relu.zero": 0.5 }');
  }
  const known = Object.keys(knownKinks());
  for (const [name, value] of Object.entries(kinks)) {
    requireName("kink", known, name);
    if (value === undefined && format === undefined) continue;
    if (typeof value !== "function") requireKinkValue(name, value, format);
  }
}

const isValue = (given: unknown): given is Value =>
  typeof given === "object" && given !== null && "op" in given && "shape" in given;

/**
 * @param format that it has to be a number of; default: it may be a value of the graph
 * @throws NonsmoothError for what is no value at a kink
 */
export function requireKinkValue(what: string, value: unknown, format?: FormatName): void {
  if (typeof value === "number") requireFinite(what, value, format);
  else if (format === undefined && isValue(value)) requireScalar(what, value);
  else fail(what, `value must be a number${format ? "" : ", or a scalar of the graph"}`, value);
}

function requireFinite(name: string, value: number, format?: FormatName): void {
  if (!Number.isFinite(value)) fail(name, "value must be finite", value);
  if (format === undefined || Number.isFinite(formatOf(format).round(value))) return;
  fail(name, `value must be at most ${formatOf(format).largest}, the largest number of ${format}`, value);
}

/** The gradient passed on by a function with pieces: the formula at the head of this file. */
export function pieceGradient(node: Value, g: Value, values: KinkValues, chainRule: ChainRule): Value {
  const [z] = node.inputs as [Value];
  const { kinks, slopes } = recordOf(node.op)!.pieces!(node.attributes);
  const atEach = kinks.map((kink, i) => {
    return chosen(node, kink, values, [slopeAt(slopes[i]!, kink.at), slopeAt(slopes[i + 1]!, kink.at)]);
  });
  const at = kinks.map((kink) => kink.at);
  const numbers = slopes.map((slope) => (typeof slope === "number" ? slope : 0));
  const atKinks = ops.pieceGradient(z, g, atEach, { at, slopes: numbers, chainRule });
  return slopes.reduce((result: Value, slope, i) => {
    if (typeof slope === "number") return result;
    const within = ops.mul(g, slope.of(z, ops));
    return whereBetween(z, at[i - 1], at[i], within, result);
  }, atKinks);
}

/** `inside` where low < z < high, `outside` elsewhere and for a NaN; a bound may be absent. */
function whereBetween(z: Value, low: number | undefined, high: number | undefined, inside: Value, outside: Value) {
  const bound = (k: number) => ops.constant(z.format, k);
  const below = high === undefined ? inside : ops.select(ops.less(z, bound(high)), inside, outside);
  return low === undefined ? below : ops.select(ops.greater(z, bound(low)), below, outside);
}

/** What an operation with conventions of its own is told: `valueAt`. */
export const valuesOf =
  (node: Value, values: KinkValues) =>
  (name: string): Value =>
    chosen(node, recordOf(node.op)!.conventions!.find((convention) => convention.name === name)!, values);

/** @param slopes below and above a kink of a function of one variable */
function chosen(
  node: Value,
  convention: Convention,
  { given, others, placeOf }: KinkValues,
  slopes?: readonly [number, number],
): Value {
  const name = `${node.op.name}.${convention.name}`;
  const format = node.inputs[0]!.format;
  const choice = given[name];
  const own = typeof choice === "function" ? valueIn(placeOf(node, name), choice) : choice;
  if (typeof own === "number") requireFinite(name, own, format as FormatName);
  const value = own ?? (others === undefined ? convention.default : namedValue(name, others, slopes));
  if (typeof value === "number") return ops.constant(format, value);
  if (value.format !== format) fail(name, `value must have the format of its operand, ${format}`, formatType(value));
  return value;
}

function valueIn(place: KinkPlace, choice: (place: KinkPlace) => Value | number): Value | number {
  const value = choice(place);
  requireKinkValue(placeName(place), value);
  return value;
}

/**
 * The value of a convention at a kink.
 * @param slopes below and above a kink of a function of one variable; default 0
 * @throws NonsmoothError for a convention that says nothing about the kink
 */
export function namedValue(kink: string, name: ConventionName, slopes: readonly [number, number] = [0, 0]): number {
  const found = conventions[name].values as Readonly<Record<string, NamedValue | undefined>>;
  const { value } = found[kink] ?? undefinedIn(kink, name);
  return numberAt(value, slopes);
}

function undefinedIn(kink: string, name: ConventionName): never {
  const others = conventionNames.filter((other) => Object.hasOwn(conventions[other].values, kink));
  const rule = `must be a convention that says something about ${kink}: ${others.join(", ") || "none does"}`;
  return fail("kinks", rule, name, others.length === 0 ? `give its value: { "${kink}": 0 }` : undefined);
}

/**
 * The name of the input that is fed the value at a kink: "value relu.zero".
 * @param sweep where several backward sweeps stand side by side, each with values of its own: "value relu.zero a"
 */
export const kinkInput = (kink: string, sweep?: string): string => ["value", kink, ...(sweep ? [sweep] : [])].join(" ");

/** One place in a graph where a kink can be hit. */
export interface KinkSite extends KinkPlace {
  /** The operation's first operand. */
  readonly operand: Value;
  /** For a kink of a function of one variable: an element of the operand equal to this is a hit. */
  readonly at?: number;
  /** Bool, a truth for each hit: elements of the operand, or for a tie in max-pooling the windows with one. */
  readonly hits: Value;
}

/**
 * The places below some values where a kink can be hit, in the order of the forward pass.
 *
 * @example
 * ```ts
 * import { applyNetwork, input, kinkSites, linear, relu, sequential } from "nonsmooth";
 *
 * const x = input("x", "f32", [1, 2]);
 * const { output } = applyNetwork(sequential([linear("first", 2, 4), relu, linear("second", 4, 1)]), x);
 * console.log(kinkSites([output]).map(({ kink, layer }) => `${kink} after ${layer}`)); // [ 'relu.zero after first' ]
 * ```
 */
export function kinkSites(roots: readonly Value[]): KinkSite[] {
  const order = topologicalOrder(roots);
  const placeOf = placesOf(order);
  return order.flatMap((node) => sitesOf(node, placeOf));
}

function sitesOf(node: Value, placeOf: KinkValues["placeOf"]): KinkSite[] {
  const { op, inputs, attributes } = node;
  const record = recordOf(op);
  const operand = inputs[0]!;
  const kinks = record?.pieces?.(attributes).kinks ?? [];
  const joint = record?.conventions ?? [];
  return [
    ...kinks.map(({ name, at }) => {
      const hits = ops.equal(operand, ops.constant(operand.format, at));
      return { ...placeOf(node, `${op.name}.${name}`), operand, at, hits };
    }),
    ...joint.map(({ name, hits }) => {
      return { ...placeOf(node, `${op.name}.${name}`), operand, hits: hits({ inputs, output: node, attributes, ops }) };
    }),
  ];
}

/**
 * How many elements, or windows, hit the kink exactly, as an i32 scalar; NaN never hits.
 *
 * @example
 * ```ts
 * import { createEngine, graph, input, kinkHits, kinkSites, ops, tensor } from "nonsmooth";
 *
 * const x = input("x", "f32", [4]);
 * const [site] = kinkSites([ops.relu(x)]);
 * const program = await createEngine("onnx-cpu").compile(graph({ zeros: kinkHits(site!) }));
 * const { zeros } = await program.run({ x: tensor("f32", [0, 1, -0, -1]) });
 * console.log(zeros!.data[0]); // 2
 * ```
 */
export const kinkHits = ({ hits }: KinkSite): Value => ops.count(hits);

export const isDifferentiable = (value: Value): boolean => isFloat(value.format);
