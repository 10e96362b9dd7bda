/** How a cell shows the value of its last expression. */
import { inspect } from "node:util";

/** A value as text, as Node's console has it. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}
