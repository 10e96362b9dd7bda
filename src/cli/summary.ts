/** An experiment's summary as text: tables for lists of records, a line for each single value. */
import { encode, type Row } from "../runs";
import { wrap } from "../util";

type Item = Readonly<Record<string, unknown>>;

interface Column {
  readonly name: string;
  readonly cells: readonly string[];
  /** Whether it holds estimates with their intervals: the purpose of the table. */
  readonly isEstimate?: boolean;
}

/** The text of any summary, no wider than `width` characters as long as columns can be left out. */
export function summaryText(summary: unknown, width: number): string {
  if (isItems(summary)) return itemsText(summary, width);
  if (typeof summary !== "object" || summary === null || Array.isArray(summary)) return cell(summary);
  const parts = Object.entries(summary).map(([key, value]) =>
    isItems(value) ? `\n${key}\n${itemsText(value, width)}` : `${key}: ${cell(value)}`,
  );
  return parts.join("\n").trim();
}

/** How many rows are of runs that broke off, and why the first one did; undefined if none is. Such rows stay until a run begins anew. */
export function failedText(rows: readonly Row[]): string | undefined {
  const failed = rows.filter(({ outcome }) => outcome === "failed");
  if (failed.length === 0) return undefined;
  return `Broken off: ${failed.length} of ${rows.length} rows (--fresh begins anew). The first reason: ${failed[0]!.reason}`;
}

/** A record exactly, one line for each key: every digit of a number, null as null, lists and records as JSON. */
export function exactText(record: Readonly<Record<string, unknown>>): string {
  return Object.entries(record)
    .map(([key, value]) => `${key}: ${exactValue(value)}`)
    .join("\n");
}

/** A value with all its digits; text has no quotes where it cannot be mistaken for another value. */
export function exactValue(value: unknown): string {
  return typeof value === "string" && !/^(?:[-+.\d["{]|(?:null|true|false)$|$)/.test(value) ? value : encode(value);
}

/** What is the same in all items goes above the table, except for estimates; an interval follows its estimate. */
function itemsText(items: readonly Item[], width: number): string {
  const columns = withIntervals(items);
  const inTable = ({ cells, isEstimate }: Column) => isEstimate || cells.some((text) => text !== cells[0]);
  const varying = columns.filter(inTable);
  const constant = columns.filter((column) => !inTable(column) && column.cells[0] !== "");
  const above = wrap(constant.map(({ name, cells }) => `${name} ${cells[0]}`).join(", "), { width });
  const table = varying.length > 0 ? tableText(varying, width) : "";
  return [above, table].filter((part) => part !== "").join("\n\n");
}

/** `frequency`, `low` and `high` become one column; so do `frequencyX`, `lowX` and `highX`. */
function withIntervals(items: readonly Item[]): Column[] {
  const names = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const suffixes = names.flatMap((name) => /^low(.*)$/.exec(name)?.[1] ?? []).filter((s) => names.includes(`high${s}`));
  const bounds = new Set(suffixes.flatMap((suffix) => [`low${suffix}`, `high${suffix}`]));
  return names
    .filter((name) => !bounds.has(name))
    .map((name) => {
      const next = names[names.indexOf(name) + 1] ?? "";
      const suffix = bounds.has(next) ? next.slice("low".length) : undefined;
      const interval = (item: Item) =>
        suffix === undefined || item[next] === null ? "" : ` [${cell(item[next])}, ${cell(item[`high${suffix}`])}]`;
      return { name, cells: items.map((item) => cell(item[name]) + interval(item)), isEstimate: suffix !== undefined };
    });
}

/** Columns aligned to the right, as many as fit; where they do not all fit, names are written as words and broken between them. */
function tableText(columns: readonly Column[], width: number): string {
  const fits = widthOf(columns.map((column) => columnWidth(column, [column.name]))) <= width;
  const headOf = (column: Column) => (fits ? [column.name] : brokenName(column));
  const shown = fits ? columns : thatFit(columns, (column) => columnWidth(column, headOf(column)), width);
  const line = (textOf: (column: Column) => string) =>
    shown.map((column) => textOf(column).padStart(columnWidth(column, headOf(column)))).join("  ");
  const height = Math.max(...shown.map((column) => headOf(column).length));
  const lines = Array.from({ length: height }, (_, i) =>
    line((column) => headOf(column).at(i - height) ?? "").trimEnd(),
  );
  for (const row of columns[0]?.cells.keys() ?? []) lines.push(line(({ cells }) => cells[row]!));
  const rest = columns.filter((column) => !shown.includes(column)).map(({ name }) => name);
  if (rest.length > 0) lines.push(wrap(`further columns, shown by --json: ${rest.join(", ")}`, { width }));
  return lines.join("\n");
}

/** `sampleSize` as "sample size", in lines that make its column no wider than its cells and the longest word need. */
function brokenName({ name, cells }: Column): string[] {
  const words = name.split(/(?<=[a-z0-9])(?=[A-Z][a-z])/).map((word, i) => (i > 0 ? lowerFirst(word) : word));
  const width = Math.max(...[...words, ...cells].map((text) => text.length));
  return wrap(words.join(" "), { width }).split("\n");
}

const lowerFirst = (word: string) => word.charAt(0).toLowerCase() + word.slice(1);

const columnWidth = ({ cells }: Column, head: readonly string[]) =>
  Math.max(...[...head, ...cells].map((text) => text.length));

const widthOf = (widths: readonly number[]) => widths.reduce((sum, w) => sum + w + 2, -2);

/** The first column, the first estimate if there is one, and the others from the left as far as there is room. */
function thatFit(columns: readonly Column[], widthAlone: (column: Column) => number, width: number): Column[] {
  const estimate = columns.find(({ isEstimate }) => isEstimate);
  const wanted = new Set([...columns.slice(0, 1), ...(estimate ? [estimate] : []), ...columns]);
  const chosen: Column[] = [];
  for (const column of wanted) {
    if (chosen.length > 0 && widthOf([...chosen, column].map(widthAlone)) > width) break;
    chosen.push(column);
  }
  return columns.filter((column) => chosen.includes(column));
}

function isItems(value: unknown): value is readonly Item[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item === "object" && item !== null && !Array.isArray(item))
  );
}

/** Numbers that are not integers have three significant digits; an absent value is empty. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(3)));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
