/** What `--set key=value` means. */
import { type Experiment, makeConfig } from "../experiments";
import { fail } from "../util";

/**
 * The settings of a command line, by key, for `makeConfig`. A value is JSON, else text. For a key whose default is a list a
 * single value becomes a list of one, and `16,64` a list of two.
 * @throws NonsmoothError for text without `=`
 */
export function parseSettings(texts: readonly string[], experiment: Experiment<object>): Record<string, unknown> {
  const defaults = makeConfig(experiment, {}) as Record<string, unknown>;
  const entries = texts.map((text) => {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) fail("--set", "must be key=value", text);
    const isList = Object.hasOwn(defaults, key!) && Array.isArray(defaults[key!]);
    return [key!, isList ? listValue(value!) : jsonOrText(value!)] as const;
  });
  return Object.fromEntries(entries);
}

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
