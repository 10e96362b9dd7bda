/** From what a user writes to a checked configuration. */
import type { z } from "zod";
import { precisionHint } from "../formats";
import { fail, nearest, requireName, show, valueAt } from "../util";
import { requireOneTie } from "./common/conventions";
import type { Experiment, Preset } from "./types";

export const presetNames: readonly Preset[] = ["smoke", "laptop", "paper"];

/**
 * Keys of a configuration to change, with their values; each is checked when the configuration is made. A dotted key reaches into
 * an object: `runs.64`. For an experiment whose keys are not known, any key.
 */
export type Settings<C> = [keyof C] extends [never]
  ? Readonly<Record<string, unknown>>
  : { readonly [K in keyof C]?: Setting<C[K]> } & { readonly [dotted: `${string}.${string}`]: unknown };

/** A value with its literals widened, since a constant in a program is `number[]`, not `(16 | 32)[]`. */
export type Setting<T> = T extends string
  ? T | (string & {})
  : T extends number
    ? T | number
    : T extends readonly (infer E)[]
      ? readonly Setting<E>[]
      : T extends object
        ? { readonly [K in keyof T]?: Setting<T[K]> }
        : T;

export interface ConfigSource<C = Record<string, unknown>> {
  /** Starting point: smoke, laptop or paper; default: the experiment's defaults. */
  readonly preset?: Preset | (string & {});
  readonly set?: Settings<C>;
}

/**
 * The configuration of an experiment: defaults, then a preset, then single keys.
 * @throws NonsmoothError for an unknown preset or key, with the nearest known one as a hint, and for a value that breaks its rule
 * @example
 * ```ts
 * import { bifurcationFrequency, makeConfig } from "nonsmooth";
 *
 * const { widths, runs } = makeConfig(bifurcationFrequency, { preset: "laptop", set: { widths: [64], "runs.64": 2 } });
 * console.log(widths, runs); // [ 64 ] { '16': 60, '32': 60, '64': 2 }
 * ```
 */
export function makeConfig<C extends object>(experiment: Experiment<C>, source: ConfigSource<C>): C {
  requireExperiment(experiment);
  const { preset, set = {} } = source;
  if (preset !== undefined) requireName("preset", presetNames, preset);
  const start = { ...parse(experiment, { ...(preset && experiment.presets[preset as Preset]) }) } as Record<
    string,
    unknown
  >;
  for (const [key, value] of Object.entries(set)) setKey(experiment, start, key, value);
  const config = parse(experiment, start);
  requireOneTie(set as Readonly<Record<string, unknown>>);
  return config;
}

/** For programs without types: a name, for instance, is no experiment. @throws NonsmoothError */
export function requireExperiment(given: unknown): void {
  const { name, schema, run } = (given ?? {}) as Partial<Experiment>;
  if (typeof name === "string" && typeof schema === "object" && typeof run === "function") return;
  const hint = typeof given === "string" ? `experiment(${show(given)}) is the experiment of this name` : undefined;
  fail("experiment", "must be one of the library's experiments, or one of the same form", given, hint);
}

function setKey<C extends object>(
  experiment: Experiment<C>,
  config: Record<string, unknown>,
  key: string,
  value: unknown,
) {
  const [head, ...rest] = key.split(".") as [string, ...string[]];
  requireKnown(experiment, head);
  if (rest.length === 0) {
    config[head] = value;
    return;
  }
  const inner = config[head];
  if (typeof inner !== "object" || inner === null) {
    fail(key, `${head} must be an object for its keys to be set`, inner, `set ${head} as a whole`);
  }
  config[head] = { ...(inner as object), [rest.join(".")]: value };
}

function requireKnown<C extends object>(experiment: Experiment<C>, key: string): void {
  const known = configKeys(experiment);
  if (known.includes(key)) return;
  const near = nearest(key, known);
  fail(`${experiment.name}`, `keys must be among ${known.join(", ")}`, key, near && `did you mean ${near}?`);
}

/** The keys of an experiment's configuration. */
export function configKeys<C extends object>(experiment: Experiment<C>): string[] {
  return Object.keys((experiment.schema as unknown as z.ZodObject).shape);
}

/** Checks a whole configuration; the first rule that is broken becomes one error. */
function parse<C extends object>(experiment: Experiment<C>, value: Record<string, unknown>): C {
  for (const key of Object.keys(value)) requireKnown(experiment, key);
  const result = experiment.schema.safeParse(value, { error: ruleOf });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const got = valueAt(value, issue.path);
  const known = valuesOf(issue).map(String);
  const near = nearest(String(got), known);
  const precision = known.includes("bf16") ? precisionHint(got) : undefined;
  return fail(issue.path.map(String).join("."), issue.message, got, precision ?? (near && `did you mean ${near}?`));
}

/** The values that are listed in a rule; none for other rules. */
function valuesOf(issue: z.core.$ZodIssue): readonly unknown[] {
  if (issue.code === "invalid_union") return issue.errors.flat().flatMap(valuesOf);
  return issue.code === "invalid_value" ? issue.values : [];
}

type Issue = Parameters<z.core.$ZodErrorMap>[0];

const KINDS: Readonly<Record<string, string>> = {
  number: "a finite number",
  int: "an integer",
  string: "text",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
};

/** The rule that is broken, in the form of all errors, where the schema itself does not say it. */
function ruleOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "unrecognized_keys":
      return `must not have the key ${issue.keys[0]}`;
    case "too_small":
      return `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${itemsOf(issue)}`;
    case "too_big":
      return `must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${itemsOf(issue)}`;
    case "invalid_key":
      return "must have only known keys";
    default:
      return "must be as its description says";
  }
}

const itemsOf = ({ origin }: { readonly origin: string }) => (["array", "set"].includes(origin) ? " items" : "");
