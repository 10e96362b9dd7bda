/** How a cell shows the value of its last expression. */
import { type InspectOptions, inspect } from "node:util";
import type { MimeBundle } from "../kernel";
import { withoutKernelCalls } from "./report";

/** A value that is more than text: its output, or a function that shows it. */
export type Rich =
  | { readonly output: { readonly data: MimeBundle; readonly metadata: object } }
  | { show(): Promise<void> };

/** A table of arquero or danfo, or a figure; undefined for anything else. The library is loaded only for values that might be one. */
export function richValue(value: unknown): Rich | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  if (isPlain(value) && !("layout" in value)) return undefined;
  const { isFigure } = require("../../figures") as typeof import("../../figures");
  const { show, tableOutput } = require("../display") as typeof import("../display");
  if (isFigure(value)) return { show: () => show(value) };
  const output = tableOutput(value);
  return output && { output };
}

/** Whether it is an object without a class, or one that hides its class. */
function isPlain(value: object): boolean {
  try {
    const prototype = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    return true;
  }
}

/** A value as text, as Node's console shows it, without the kernel's calls in the stacks of errors. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : withoutKernelCalls(inspect(value));
}

/** From now on promises are shown without the properties by which Node tracks the work that they belong to. */
export function quietPromises(): void {
  const hidden = { value: undefined, enumerable: false, configurable: true, writable: true };
  function show(this: Promise<unknown>, _depth: number, options: InspectOptions): string {
    for (const symbol of Object.getOwnPropertySymbols(this)) {
      if (/^(async_id_symbol|trigger_async_id_symbol|kResourceStore)$/.test(symbol.description ?? "")) {
        Reflect.defineProperty(this, symbol, { enumerable: false });
      }
    }
    // from now on this promise is shown as Node does
    return Reflect.defineProperty(this, inspect.custom, hidden) ? inspect(this, options) : "Promise { … }";
  }
  Object.defineProperty(Promise.prototype, inspect.custom, { ...hidden, value: show });
}
