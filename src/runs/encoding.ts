/**
 * JSON that keeps every number: NaN and the infinities are the strings "NaN", "Infinity", "-Infinity", and −0 is -0.0. A text
 * that reads like one of those strings gets a backslash in front, so that each encoding has one meaning.
 */
import { fail, NonsmoothError } from "../util";
import type { Cell, Row } from "./types";

const NUMBER_AS_TEXT = /^\\*(?:NaN|-?Infinity)$/;

/**
 * Plain data as JSON text without white space; undefined properties are left out.
 * @param options sorted: keys in the order of their code units, so that equal data give equal text; default: as they come
 * @throws on anything but plain data (functions, bigints, class instances, cycles).
 */
export function encode(value: unknown, options: { what?: string; sorted?: boolean } = {}): string {
  const { what = "JSON", sorted = false } = options;
  const open = new Set<object>();
  const text = (item: unknown): string => {
    if (item === null || typeof item === "boolean") return String(item);
    if (typeof item === "number") return encodeNumber(item);
    if (typeof item === "string") return JSON.stringify(NUMBER_AS_TEXT.test(item) ? `\\${item}` : item);
    if (!isPlain(item))
      fail(what, "must be plain data (text, numbers, booleans, null, lists and records of them)", item);
    if (open.has(item)) throw new NonsmoothError(what, "must not contain itself");
    open.add(item);
    const parts = Array.isArray(item) ? `[${Array.from(item, text).join(",")}]` : `{${record(item).join(",")}}`;
    open.delete(item);
    return parts;
  };
  const record = (item: Readonly<Record<string, unknown>>): string[] => {
    const keys = Object.keys(item).filter((key) => item[key] !== undefined);
    if (sorted) keys.sort((a, b) => (a < b ? -1 : 1));
    return keys.map((key) => `${JSON.stringify(key)}:${text(item[key])}`);
  };
  return text(value);
}

/** The inverse of `encode`. @throws for numbers beyond 1.8e308, which are read as infinite and do not say so */
export function decode(text: string): unknown {
  const value = JSON.parse(text);
  refuseInfinite(value);
  // few texts hold what needs another look at each value
  return /NaN|Infinity/.test(text) ? revived(value) : value;
}

function refuseInfinite(value: unknown): void {
  if (typeof value === "number") {
    if (value === Infinity || value === -Infinity) fail("JSON", "numbers must be below 1.8e308", value);
  } else if (Array.isArray(value)) for (const item of value) refuseInfinite(item);
  else if (typeof value === "object" && value !== null)
    for (const key of Object.keys(value)) refuseInfinite((value as Record<string, unknown>)[key]);
}

/** In place, which takes a tenth of the time that a reviver of the parser takes. */
function revived(value: unknown): unknown {
  if (typeof value === "string" && NUMBER_AS_TEXT.test(value))
    return value.startsWith("\\") ? value.slice(1) : Number(value);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  for (const key of Object.keys(record)) {
    const inner = revived(record[key]);
    // not by assignment, which has another meaning for __proto__
    if (inner !== record[key])
      Object.defineProperty(record, key, { value: inner, writable: true, enumerable: true, configurable: true });
  }
  return value;
}

/** A row as its line in rows.jsonl, without the line's end. */
export function encodeRow(row: Row): string {
  checkRow(row);
  return encode(row, { what: "row" });
}

/**
 * @param known names of columns that need no further check; those that are found good are added
 * @throws NonsmoothError if a column has no name or one that queries fill in, or if a value is not a cell
 */
export function checkRow(row: Readonly<Record<string, unknown>>, what = "row", known = new Set<string>()): void {
  for (const column of Object.keys(row)) {
    const cell = row[column];
    if (!isCell(cell)) fail(what, `${column} must be text, a number, a boolean, null or a list of those`, cell);
    if (known.has(column)) continue;
    if (column === "" || column.includes("\0")) fail(what, "a column must have a name without NUL characters", column);
    if (/^(?:experiment|run)$/i.test(column))
      fail(what, "the columns experiment and run are filled in by queries", column);
    known.add(column);
  }
}

/** A cell as text: numbers by their shortest digits (32, -0, NaN), text as it is, lists as JSON. */
export function cellText(cell: Cell): string {
  if (typeof cell === "object") return encode(cell);
  return Object.is(cell, -0) ? "-0" : String(cell);
}

/** A value of any origin (a database, a dataframe) as a cell: dates as ISO 8601, whole bigints as numbers, records as JSON. */
export function toCell(value: unknown): Cell {
  if (value === undefined) return null;
  if (isCell(value)) return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toCell);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Uint8Array, toCell);
  return isPlain(value) ? encode(mapValues(value, toCell)) : String(value);
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0.0" : String(value);
}

function isCell(value: unknown): value is Cell {
  const type = typeof value;
  if (type === "string" || type === "number" || type === "boolean" || value === null) return true;
  return Array.isArray(value) && value.every(isCell);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  // data that came over from another realm (a notebook's cell) has that realm's Object.prototype
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function mapValues(record: Readonly<Record<string, unknown>>, change: (value: unknown) => unknown) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
