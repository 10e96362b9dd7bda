/** Figures as JSON: one form for plotly, for the file beside the pictures and for identifiers. */
import { fail } from "../../util";
import type { DrawnFrom } from "../definition";
import type { Figure } from "../types";
import { figureSize } from "../types";

interface PlainOptions {
  /** Where the value stands, for the error message. */
  readonly what: string;
  /** Keeps NaN and infinities as the strings "NaN", "Infinity", "-Infinity"; otherwise they become null, plotly's gap. */
  readonly keepNonFinite?: boolean;
  /** Orders the keys of objects by name, whatever order they were set in. */
  readonly sortKeys?: boolean;
}

/**
 * A value as JSON can hold it, numbers at full precision: typed arrays become arrays, dates ISO strings, large integers
 * numbers or, beyond 2^53, strings; properties that are undefined are left out. Throws for functions and symbols.
 */
export function plain(value: unknown, options: PlainOptions): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    return Number.isFinite(value) ? value : options.keepNonFinite ? String(value) : null;
  }
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== "object") return fail(options.what, "must be data that JSON can hold", value);
  if (value instanceof Date) return value.toISOString();
  const inside = (key: string | number, item: unknown): unknown =>
    plain(item, { ...options, what: typeof key === "number" ? `${options.what}[${key}]` : `${options.what}.${key}` });
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<number>, (item, i) => inside(i, item));
  }
  if (Array.isArray(value)) return value.map((item, i) => inside(i, item));
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (options.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, inside(key, item)]));
}

/** What plotly draws: traces and layout, with the figure's size, keys sorted. */
export interface Spec {
  readonly data: unknown[];
  readonly layout: Record<string, unknown>;
}

export function specOf(figure: Figure): Spec {
  const what = `figure ${figure.name}`;
  return {
    data: plain(figure.data, { what: `${what}, data`, sortKeys: true }) as unknown[],
    layout: plain(
      { ...figure.layout, ...figureSize(figure) },
      { what: `${what}, layout`, sortKeys: true },
    ) as Spec["layout"],
  };
}

/**
 * The text of name.json: name, title, alt, caption, the run that drew it, the plotly specification, and the table with a row on
 * each line. The same figure of the same run gives the same text.
 * @param drawnFrom default: none is named
 */
export function figureJson(figure: Figure, drawnFrom?: DrawnFrom): string {
  const table = plain(figure.table, { what: `figure ${figure.name}, table`, keepNonFinite: true });
  const { name, title, alt, caption } = figure;
  const run = drawnFrom && plainRun(drawnFrom);
  return `${layOut({ name, title, alt, caption, ...(run && { run }), ...specOf(figure), table }, "")}\n`;
}

/** What is written of a run. */
const plainRun = ({ experiment, hash, rows, beside }: DrawnFrom): DrawnFrom => ({
  ...{ experiment, hash, rows },
  ...(beside && { beside: beside.map(plainRun) }),
});

const LINE = 120;

/** Indented JSON in which a list or record that fits on a line stays on one, and longer lists of numbers are filled. */
function layOut(value: unknown, indent: string): string {
  const flat = JSON.stringify(value);
  if (typeof value !== "object" || value === null || isRow(value) || indent.length + flat.length <= LINE) return flat;
  const inner = `${indent}  `;
  if (!Array.isArray(value)) {
    const lines = Object.entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${layOut(item, inner)}`);
    return `{\n${lines.join(",\n")}\n${indent}}`;
  }
  const lines = value.every(isScalar) ? fill(value, inner) : value.map((item) => inner + layOut(item, inner));
  return `[\n${lines.join(",\n")}\n${indent}]`;
}

const isScalar = (value: unknown): boolean => typeof value !== "object" || value === null;
const isRow = (value: object): boolean => !Array.isArray(value) && Object.values(value).every(isScalar);

function fill(scalars: readonly unknown[], indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const text of scalars.map((value) => JSON.stringify(value))) {
    if (line && indent.length + line.length + text.length + 2 > LINE) {
      lines.push(indent + line);
      line = text;
    } else {
      line = line ? `${line}, ${text}` : text;
    }
  }
  return [...lines, indent + line];
}
