/** Catches what this process prints for the cell that prints it. */
import { format } from "node:util";
import { throwIfInterrupted } from "../../util";
import { withoutKernelCalls } from "./report";

type Print = (name: string, text: string) => void;

/** From now on everything that this process prints goes to `print`; an interrupted cell is stopped when it prints its next line. */
export function catchOutput(print: Print): void {
  for (const name of ["stdout", "stderr"] as const) {
    process[name].write = writer((text) => print(name, text)) as typeof process.stdout.write;
  }
  console.trace = (...values: unknown[]) => {
    const trace = { name: "Trace", message: format(...values), stack: "" };
    Error.captureStackTrace(trace, console.trace);
    console.error(withoutKernelCalls(trace.stack));
  };
  // a console ignores what its stream throws
  for (const method of ["log", "info", "debug", "warn", "error", "table", "dir"] as const) {
    const original = console[method].bind(console) as (...values: unknown[]) => void;
    console[method] = (...values: unknown[]) => {
      throwIfInterrupted();
      original(...values);
    };
  }
}

function writer(print: (text: string) => void) {
  const decoder = new TextDecoder();
  return (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    const isPlain = typeof chunk === "string" && (typeof encoding !== "string" || /^utf-?8$/i.test(encoding));
    const bytes = typeof chunk === "string" && !isPlain ? Buffer.from(chunk, encoding as BufferEncoding) : chunk;
    print(typeof bytes === "string" ? bytes : decoder.decode(bytes, { stream: true }));
    const callback = typeof encoding === "function" ? encoding : done;
    if (typeof callback === "function") process.nextTick(callback);
    return true;
  };
}
