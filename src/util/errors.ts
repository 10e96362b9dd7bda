/** The one form of the library's errors: `<what>: <rule>, got <value>`, with a hint on a second line if one helps. */
export class NonsmoothError extends Error {
  override readonly name: string = "NonsmoothError";

  constructor(
    /** What was wrong: an argument, a file, a configuration key. */
    readonly what: string,
    /** The rule that it breaks. */
    readonly rule: string,
    options: { got?: unknown; hint?: string; cause?: unknown } = {},
  ) {
    const got = "got" in options ? `, got ${show(options.got)}` : "";
    const hint = options.hint ? `\nHint: ${options.hint}` : "";
    super(`${what}: ${rule}${got}${hint}`, { cause: options.cause });
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

/** The known name nearest to a mistyped one (Levenshtein distance), or undefined if none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const scored = known.map((k) => ({ k, d: distance(name.toLowerCase(), k.toLowerCase()) }));
  scored.sort((a, b) => a.d - b.d);
  return scored.find(({ k, d }) => d <= Math.max(2, Math.ceil(k.length / 2)))?.k;
}

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
