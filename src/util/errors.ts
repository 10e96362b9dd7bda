/**
 * What went wrong, for programs to decide by; the text of an error is for people.
 * - `run-folder-unusable`: there can be no run folder in that place
 * - `run-folder-busy`: another writer is using the run folder
 * - `run-shards-busy`: other processes are at work on parts of the run
 * - `run-folder-mismatch`: the run folder belongs to another configuration or to other data
 * - `disk-full`: there is no room for the next rows
 * - `device-lost`: the process can no longer use its GPU
 * - `out-of-device-memory`: the GPU's memory is full
 * - `software-gpu`: the GPU is a program on the CPU, and such a one was not asked for
 */
export type ErrorCode =
  | "run-folder-unusable"
  | "run-folder-busy"
  | "run-shards-busy"
  | "run-folder-mismatch"
  | "disk-full"
  | "device-lost"
  | "out-of-device-memory"
  | "software-gpu";

/**
 * The one form of the library's errors: `<what>: <rule>, got <value>`, with a hint on a second line if one helps.
 *
 * @example
 * ```ts
 * import { createEngine, NonsmoothError } from "nonsmooth";
 *
 * try {
 *   createEngine("onnx-cqu");
 * } catch (error) {
 *   if (error instanceof NonsmoothError) console.log(error.what, "|", error.hint); // engine | did you mean onnx-cpu?
 * }
 * ```
 */
export class NonsmoothError extends Error {
  override readonly name: string = "NonsmoothError";
  /** The rule and the value that breaks it: the message without `what` and without the hint. */
  readonly detail: string;
  /** What may help. */
  readonly hint: string | undefined;
  /** Set where a program has to tell this error from others. */
  readonly code: ErrorCode | undefined;

  constructor(
    /** What was wrong: an argument, a file, a configuration key. */
    readonly what: string,
    /** The rule that it breaks. */
    readonly rule: string,
    options: { got?: unknown; hint?: string; cause?: unknown; code?: ErrorCode } = {},
  ) {
    const detail = "got" in options ? `${rule}, got ${show(options.got)}` : rule;
    super(`${what}: ${detail}${options.hint ? `\nHint: ${options.hint}` : ""}`, { cause: options.cause });
    this.detail = detail;
    this.hint = options.hint || undefined;
    this.code = options.code;
  }
}

/** Throws a `NonsmoothError`: `<what>: <rule>, got <value>`. */
export function fail(what: string, rule: string, got: unknown, hint?: string): never {
  throw new NonsmoothError(what, rule, { got, hint });
}

/** A value as an error message shows it: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (typeof value === "number" || typeof value === "bigint") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  if (value === undefined || value === null || typeof value === "boolean") return String(value);
  const text = JSON.stringify(value, (_, v) => (isPlain(v) ? v : String(v))) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

/** Whether JSON can write it. */
const isPlain = (value: unknown) => (typeof value === "number" ? Number.isFinite(value) : typeof value !== "bigint");

/** The known name nearest to a mistyped one (Levenshtein distance), or undefined if none is near. Numbers are not names. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (isNumber(name)) return undefined;
  const names = known.filter((k) => !isNumber(k));
  const scored = names.map((k) => ({ k, d: distance(name.toLowerCase(), k.toLowerCase()) }));
  scored.sort((a, b) => a.d - b.d);
  return scored.find(({ k, d }) => d <= Math.max(2, Math.ceil(k.length / 2)))?.k;
}

/** One of some names. @throws NonsmoothError with the nearest one as a hint */
export function requireName<T extends string>(what: string, names: readonly T[], given: string): T {
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  // programs without types give anything
  const near = typeof given === "string" && nearest(given, names);
  return fail(what, `must be one of ${names.join(", ")}`, given, near ? `did you mean ${near}?` : undefined);
}

const isNumber = (text: string) => text.trim() !== "" && !Number.isNaN(Number(text));

function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitute));
    }
    previous = row;
  }
  return previous[b.length]!;
}
