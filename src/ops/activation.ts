/** Activations that are defined outside the library: a function made of operations, with kinks of its own. */
import {
  apply,
  formatType,
  input,
  isInput,
  type Operation,
  sameType,
  tensor,
  topologicalOrder,
  type Value,
} from "../ir";
import { fail } from "../util";
import { unary } from "./families";
import type { Builders } from "./index";
import { type Kink, type Op, type Slope, slopeAt } from "./op";

export interface ActivationDefinition {
  /** Of the operation, and before the dot in the names of its kinks: "bump" and "bump.low". */
  readonly name: string;
  /** f(x), element by element, of x's type: `(x, ops) => ops.mul(x, ops.relu(x))`. The derivative does not come from here. */
  value(x: Value, ops: Builders): Value;
  /** From left to right. The default of a kink is the slope below it. */
  readonly kinks: readonly (Pick<Kink, "name" | "at"> & Partial<Kink>)[];
  /** f' below the first kink, between them, and above the last one: a number, or `{ at: (z) => …, of: (z, ops) => … }` where f is not linear. */
  readonly slopes: readonly Slope[];
  /** The formula, in words. */
  readonly summary?: string;
  /** By how many units in the last place engines may differ; default 0, which holds for sums, products and choices. */
  readonly ulps?: number;
}

/** A function on values, with the record that the library reads. */
export interface Activation {
  (x: Value): Value;
  readonly record: Op;
}

/** By name; the latest one last. One that was defined again with the same kinks is not kept. */
const defined = new Map<string, readonly Op[]>();

/** The record of an activation by its name; the latest one if it was defined again. */
export const definedRecord = (name: string): Op | undefined => defined.get(name)?.at(-1);
/** All records: a network that was made before a definition was replaced keeps its own. */
export const definedRecords = (): Op[] => [...defined.values()].flat();

/** Whether an operation is one of these; it is its own record. */
export const isDefined = (op: Operation): op is Op => op.expand !== undefined;

/** @param taken the names of the library's own operations */
export function makeActivation(definition: ActivationDefinition, taken: readonly string[], ops: Builders): Activation {
  checkDefinition(definition, taken);
  const { name, kinks, slopes, summary = `${name}, defined outside the library`, ulps = 0 } = definition;
  const pieces = {
    kinks: kinks.map((kink, i) => ({ default: slopeAt(slopes[i]!, kink.at), source: "its definition", ...kink })),
    slopes,
  };
  const record: Op = {
    ...unary(name, summary, replaced(name), {
      at: tensor("f64", pointsAround(kinks.map(({ at }) => at))),
      agreement: ulps > 0 ? { kind: "approximate", ulps, absolute: 0 } : { kind: "equal" },
    }),
    pieces: () => pieces,
    expand: ([x]) => definition.value(x!, ops),
  };
  requireValue(record);
  const others = (defined.get(name) ?? []).filter((earlier) => namesIn(earlier) !== namesIn(record));
  defined.set(name, [...others, record]);
  return Object.assign((x: Value) => apply(record, [x], {}), { record });
}

function checkDefinition({ name, kinks, slopes, value }: ActivationDefinition, taken: readonly string[]): void {
  const what = `activation ${name}`;
  if (typeof name !== "string" || !/^[a-z]\w*$/i.test(name))
    fail("activation name", "must be letters and digits", name);
  if (taken.includes(name)) fail("activation name", "must not be an operation of the library", name);
  if (!Array.isArray(kinks)) fail(what, "kinks must be a list", kinks);
  if (!Array.isArray(slopes)) fail(what, "slopes must be a list", slopes);
  if (typeof value !== "function") fail(what, "value must be a function (x, ops) => …", value);
  for (const [i, kink] of kinks.entries()) {
    if (typeof kink.name !== "string" || !/^[a-z]\w*$/i.test(kink.name))
      fail(`${what}, kink name`, "must be letters and digits", kink.name);
    if (!Number.isFinite(kink.at)) fail(`${what}, ${kink.name}`, "at must be a finite number", kink.at);
    if (kink.default !== undefined && !Number.isFinite(kink.default))
      fail(`${what}, ${kink.name}`, "default must be a finite number", kink.default);
    if (i > 0 && kink.at <= kinks[i - 1]!.at)
      fail(`${what}, ${kink.name}`, "kinks must be from left to right", kink.at);
  }
  const names = kinks.map((kink) => kink.name);
  const twice = names.find((each, i) => names.indexOf(each) !== i);
  if (twice !== undefined) fail(what, "names of kinks must differ", twice);
  const stray = slopes.find((slope) => typeof slope !== "object" && !Number.isFinite(slope));
  if (stray !== undefined) fail(what, "slopes must be finite numbers or { at, of }", stray);
  if (slopes.length !== kinks.length + 1) fail(what, `slopes must be ${kinks.length + 1}, one more than kinks`, slopes);
}

/** The value must be a function of x alone, and have its type. */
function requireValue({ name, expand }: Op): void {
  const x = input("x", "f32", [2, 3]);
  const value = expand!([x], {});
  if (!value || !sameType(value, x)) {
    fail(`activation ${name}`, `value must have the type of x, ${formatType(x)}`, value && formatType(value));
  }
  const stray = topologicalOrder([value]).find((node) => isInput(node) && node !== x);
  if (stray) fail(`activation ${name}`, "value must have no input but x", stray.attributes.name);
}

const replaced = (name: string) => () =>
  fail(`activation ${name}`, "must be replaced by its operations before it is computed", name);

const namesIn = (record: Op) =>
  record.pieces!({})
    .kinks.map(({ name }) => name)
    .join();

/** How far beyond the outer kinks the derivative is compared with the value. */
const FAR = [0.3, 2, 5, 10, 30] as const;

/** The kinks, places beside, beyond and between them, and both zeros. */
function pointsAround(kinks: readonly number[]): number[] {
  const [first = 0, last = 0] = [kinks[0], kinks.at(-1)];
  const between = kinks.slice(1).map((kink, i) => (kink + kinks[i]!) / 2);
  const [below, above] = [FAR.map((far) => first - far), FAR.map((far) => last + far)];
  return [...below, -0, 0, ...kinks, ...between, ...above];
}
