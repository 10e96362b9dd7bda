/** How a cell shows the value of its last expression. */
import { inspect } from "node:util";
import type { MimeBundle } from "../kernel";

/** A value that is more than text: its output, or what shows it. */
export type Rich =
  | { readonly output: { readonly data: MimeBundle; readonly metadata: object } }
  | { show(): Promise<void> };

/** A table of arquero or danfo, or a figure; undefined for anything else. The library is loaded for what might be one. */
export function richValue(value: unknown): Rich | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  if (isPlain(value) && !("layout" in value)) return undefined;
  const { isFigure } = require("../../figures") as typeof import("../../figures");
  const { show, tableOutput } = require("../display") as typeof import("../display");
  if (isFigure(value)) return { show: () => show(value) };
  const output = tableOutput(value);
  return output && { output };
}

/** Whether it is an object of no class, or one that hides what it is. */
function isPlain(value: object): boolean {
  try {
    const prototype = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    return true;
  }
}

/** A value as text, as Node's console has it. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}
