/** Cells of rows: reading, ordering, text. */
import type { Row } from "../../runs/index.js";

export type Cell = Row[string];
export type { Row };

const NUMBER_AS_TEXT = /^\\*(?:NaN|-?Infinity)$/;

/** JSON as the library writes it: NaN and the infinities are texts, and texts that read like them have a backslash in front. */
export function decode(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return /NaN|Infinity/.test(text) ? revived(value) : value;
}

function revived(value: unknown): unknown {
  if (typeof value === "string" && NUMBER_AS_TEXT.test(value))
    return value.startsWith("\\") ? value.slice(1) : Number(value);
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revived(inner)]));
}

/** In full: a number by its shortest digits, lists as JSON, nothing for null. */
export function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "";
  if (Array.isArray(cell)) return `[${cell.map((item: Cell) => (item === null ? "null" : cellText(item))).join(", ")}]`;
  return Object.is(cell, -0) ? "-0" : String(cell);
}

/** For a table: at most six digits. */
export function shortText(cell: Cell | undefined): string {
  if (typeof cell !== "number" || Number.isInteger(cell) || !Number.isFinite(cell)) return cellText(cell);
  return String(Number(cell.toPrecision(6)));
}

/** Numbers by size, then NaN, then texts with their numbers by size; null comes last in both directions. */
export function compareCells(a: Cell | undefined, b: Cell | undefined, sign: 1 | -1 = 1): number {
  const [x, y] = [rank(a), rank(b)];
  if (x !== y) return x === NOTHING || y === NOTHING ? x - y : sign * (x - y);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b || 0);
  return sign * collator.compare(cellText(a), cellText(b));
}

const collator = new Intl.Collator("en", { numeric: true });
const NOTHING = 3;
const rank = (cell: Cell | undefined) => {
  if (cell === null || cell === undefined) return NOTHING;
  if (typeof cell !== "number") return 2;
  return Number.isNaN(cell) ? 1 : 0;
};

/** Sorted by a column, "-name" downwards; equal rows stay in their order. */
export function sorted<T>(rows: readonly T[], sort: string, cellOf: (row: T, column: string) => Cell | undefined): T[] {
  if (sort === "") return [...rows];
  const [column, sign] = sort.startsWith("-") ? ([sort.slice(1), -1] as const) : ([sort, 1] as const);
  return [...rows].sort((a, b) => compareCells(cellOf(a, column), cellOf(b, column), sign));
}

/** RFC 4180; null is empty, empty text is "". */
export function csv(columns: readonly string[], rows: readonly Row[]): string {
  const quoted = (text: string) => (text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells: readonly string[]) => `${cells.join(",")}\n`;
  const cellOf = (cell: Cell | undefined) => {
    if (cell === null || cell === undefined) return "";
    return quoted(Array.isArray(cell) ? JSON.stringify(cell) : cellText(cell));
  };
  return line(columns.map(quoted)) + rows.map((row) => line(columns.map((name) => cellOf(row[name])))).join("");
}
