/** A resolved configuration as the settings of a command line. */
import { isDeepStrictEqual } from "node:util";

/**
 * The settings, `key=value`, that turn one configuration into another: where `auto` has become an engine or a dataset, its name.
 * @param from what the command line starts with: a preset, or the defaults
 */
export function settingsBetween(from: object, to: object): string[] {
  const start = from as Readonly<Record<string, unknown>>;
  const changed = Object.entries(to).filter(([key, value]) => !isDeepStrictEqual(value, start[key]));
  return changed.map(([key, value]) => `${key}=${settingText(value)}`);
}

/** Text is written bare where it cannot be read as something else. */
function settingText(value: unknown): string {
  if (typeof value !== "string" || isJson(value)) return JSON.stringify(value);
  return value;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
