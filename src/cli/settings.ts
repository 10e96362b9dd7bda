/** What `--set key=value` means. */
import { z } from "zod";
import type { Experiment } from "../experiments";
import { fail } from "../util";

/**
 * The settings of a command line, by key, for `makeConfig`. A value is JSON or else text. For a key that takes a list, a
 * single value becomes a list of one, and `16,64` a list of two.
 * @throws NonsmoothError for text without `=`
 */
export function parseSettings(texts: readonly string[], experiment: Experiment<object>): Record<string, unknown> {
  const { properties = {} } = z.toJSONSchema(experiment.schema, { io: "input" }) as Rule;
  const entries = texts.map((text) => {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) fail("--set", "must be key=value", text);
    const types = Object.hasOwn(properties, key!) ? typesOf(properties[key!]!) : [];
    if (!types.includes("array") || (value === "null" && types.includes("null")))
      return [key!, jsonOrText(value!)] as const;
    return [key!, listValue(value!)] as const;
  });
  return Object.fromEntries(entries);
}

/** The part of a JSON schema that matters here. */
interface Rule {
  readonly type?: string;
  readonly anyOf?: readonly Rule[];
  readonly properties?: Readonly<Record<string, Rule>>;
}

const typesOf = ({ type, anyOf = [] }: Rule): string[] => [...(type ? [type] : []), ...anyOf.flatMap(typesOf)];

function listValue(text: string): unknown[] {
  const value = jsonOrText(text);
  if (Array.isArray(value)) return value;
  return typeof value === "string" ? value.split(",").map((item) => jsonOrText(item.trim())) : [value];
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a bare word
  }
}
