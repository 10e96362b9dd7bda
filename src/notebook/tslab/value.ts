/** How a cell shows the value of its last expression. */
import { type InspectOptions, inspect } from "node:util";
import type { MimeBundle } from "../kernel";
import { withoutKernelCalls } from "./report";

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

/** A value as text, as Node's console has it; without the kernel's part in the stacks of errors. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : withoutKernelCalls(inspect(value));
}

/** From here on promises are shown without what Node notes on them, so as to know which work they are part of. */
export function quietPromises(): void {
  const hidden = { value: undefined, enumerable: false, configurable: true, writable: true };
  function show(this: Promise<unknown>, _depth: number, options: InspectOptions): string {
    for (const symbol of Object.getOwnPropertySymbols(this)) {
      if (/^(async_id_symbol|trigger_async_id_symbol|kResourceStore)$/.test(symbol.description ?? "")) {
        Reflect.defineProperty(this, symbol, { enumerable: false });
      }
    }
    // this promise from now on as Node does it
    return Reflect.defineProperty(this, inspect.custom, hidden) ? inspect(this, options) : "Promise { … }";
  }
  Object.defineProperty(Promise.prototype, inspect.custom, { ...hidden, value: show });
}
