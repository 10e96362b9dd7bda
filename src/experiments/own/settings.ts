/** The settings of an experiment that is defined outside the library: defaults, and what a value must be by its default. */
import { z } from "zod";
import { fail } from "../../util";

/** A default, or a zod type with one: `z.int().min(1).default(4)`. */
export type SettingsDefinition = Readonly<Record<string, unknown>>;

/** A configuration by its settings: of the types of plain defaults, and of what zod types give. */
export type ConfigOf<T extends SettingsDefinition> = {
  readonly [K in keyof T]: T[K] extends z.ZodType<infer O> ? O : T[K];
};

/** @throws NonsmoothError for a setting without a default, and for one that is no value of a configuration */
export function schemaOf<T extends SettingsDefinition>(experiment: string, settings: T): z.ZodType<ConfigOf<T>> {
  if (!isRecord(settings))
    fail(experiment, "settings must be an object of defaults", settings, "such as { trials: 4 }");
  const shape = Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [name, typeOf(`${experiment}, settings, ${name}`, setting)]),
  );
  return z.object(shape) as z.ZodType as z.ZodType<ConfigOf<T>>;
}

function typeOf(what: string, setting: unknown): z.ZodType {
  if (!isZod(setting)) return like(what, setting).prefault(setting);
  if (!setting.safeParse(undefined).success) {
    fail(what, "must have a default", "a zod type without one", "z.number().default(0.1), for instance");
  }
  return setting;
}

/** What is of the same kind as a value: any finite number for a number, a list of texts for one with a text. */
function like(what: string, value: unknown): z.ZodType {
  if (typeof value === "number" && Number.isFinite(value)) return z.number();
  if (typeof value === "string") return z.string();
  if (typeof value === "boolean") return z.boolean();
  if (Array.isArray(value)) return z.array(anyOf(value.map((item, i) => like(`${what}, ${i}`, item))));
  if (isRecord(value)) {
    return z.strictObject(Object.fromEntries(Object.entries(value).map(([k, v]) => [k, like(`${what}, ${k}`, v)])));
  }
  return fail(what, "must be a finite number, text, truth, list or object of these, or a zod type", value);
}

/** What an item of a list may be: of the kind of one that is there; anything where the list is empty. */
function anyOf(types: readonly z.ZodType[]): z.ZodType {
  const [first, ...others] = types;
  if (first === undefined) return z.any();
  return others.every((type) => type.type === first.type) && first.type !== "object" ? first : z.union(types);
}

const isZod = (value: unknown): value is z.ZodType => typeof value === "object" && value !== null && "_zod" in value;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || isZod(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // the plain objects of a kernel's cells have a prototype of their own realm
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
