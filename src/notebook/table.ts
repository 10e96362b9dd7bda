/** Tables as text: the shown part, each column in one format, numbers aligned to the right. */
import { fail } from "../util";
import { formatColumn } from "./table-format";
import { remainder } from "./table-html";
import { readTable, type Table } from "./table-source";

export type { FrameLike, Table, TableLike, TableRows } from "./table-source";

export interface TableOptions {
  /** How many rows to show at a time; default 20. */
  readonly limit?: number;
  /** The least number of significant digits of numbers that are not integers; default 4. */
  readonly digits?: number;
  /** A line above the table. */
  readonly caption?: string;
}

interface Column {
  readonly name: string;
  readonly cells: readonly string[];
  readonly numeric: boolean;
}

/** The shown part of a table: columns of text, rows shown at first, rows that the page can sort and page through, rows of the table. */
export interface TableView {
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly embedded: number;
  readonly total: number;
  readonly caption: string | undefined;
}

/** How many rows the page gets, if more are not shown at first. */
const EMBEDDED = 1000;

/**
 * Chooses and writes what is shown. The columns of an array of rows are all those of its first 1,000 rows, in the order of their
 * first appearance.
 * @throws if `limit` is not a whole number ≥ 0, `digits` is not a whole number from 1 to 17, or `table` is not a table.
 */
export function tableView(table: Table, options: TableOptions = {}): TableView {
  const { limit = 20, digits = 4, caption } = options;
  if (!Number.isInteger(limit) || limit < 0) fail("showTable limit", "must be a whole number, 0 or more", limit);
  if (!Number.isInteger(digits) || digits < 1 || digits > 17) fail("showTable digits", "must be 1 to 17", digits);
  const read =
    readTable(table, limit === 0 ? 0 : Math.max(limit, EMBEDDED)) ??
    fail("showTable", "must be given an array of rows, an arquero table or a danfo frame", table);
  const columns = read.names.map((name, i) => ({ name, ...formatColumn(read.columns[i]!, digits) }));
  const embedded = read.columns[0]?.length ?? 0;
  return { columns, rows: Math.min(limit, embedded), embedded, total: read.total, caption };
}

/** Aligned columns, for `text/plain`. */
export function tableText({ columns, rows, total, caption }: TableView): string {
  const shown = columns.map((column) => ({ ...column, cells: column.cells.slice(0, rows).map(singleLine) }));
  const widths = shown.map(({ name, cells }) => Math.max(name.length, ...cells.map((cell) => cell.length)));
  const line = (cell: (column: Column) => string) =>
    shown
      .map((column, i) => (column.numeric ? cell(column).padStart(widths[i]!) : cell(column).padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  const lines = [line(({ name }) => name), widths.map((width) => "-".repeat(width)).join("  ")];
  for (let row = 0; row < rows; row++) lines.push(line(({ cells }) => cells[row]!));
  if (caption !== undefined) lines.unshift(caption);
  if (total > rows) lines.push(remainder(total - rows));
  return lines.join("\n");
}

function singleLine(text: string): string {
  return text.replace(/\r?\n/g, "\u21b5");
}
