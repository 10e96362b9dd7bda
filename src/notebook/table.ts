/** Tables as text and as HTML: numbers to the right, rounded to a few significant digits. */
import { fail } from "../util";
import { escapeHtml } from "./html";

/** An arquero table, or whatever has these three of its methods. */
export interface TableLike {
  columnNames(): string[];
  numRows(): number;
  objects(options?: { limit?: number }): object[];
}

export type TableRows = readonly Readonly<Record<string, unknown>>[];

export interface TableOptions {
  /** How many rows to show; default 20. */
  readonly limit?: number;
  /** Significant digits of numbers that are not integers; default 4. */
  readonly digits?: number;
  /** A line above the table. */
  readonly caption?: string;
}

interface Column {
  readonly name: string;
  readonly cells: readonly string[];
  readonly numeric: boolean;
}

/** What is shown of a table: columns of text, and how many rows are not shown. */
export interface TableView {
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly hidden: number;
  readonly caption: string | undefined;
}

/**
 * Chooses and writes what is shown. The columns are those of any shown row, in the order of their first appearance.
 * @throws if `limit` is not a whole number ≥ 0, `digits` not one in 1 … 17, or `table` neither rows nor an arquero table.
 */
export function tableView(table: TableRows | TableLike, options: TableOptions = {}): TableView {
  const { limit = 20, digits = 4, caption } = options;
  if (!Number.isInteger(limit) || limit < 0) fail("showTable limit", "must be a whole number, 0 or more", limit);
  if (!Number.isInteger(digits) || digits < 1 || digits > 17) fail("showTable digits", "must be 1 to 17", digits);
  const { rows, names, total } = firstRows(table, limit);
  const columns = names.map((name) => {
    const values = rows.map((row) => row[name]);
    const present = values.filter((value) => value !== null && value !== undefined);
    const numeric =
      present.length > 0 && present.every((value) => typeof value === "number" || typeof value === "bigint");
    return { name, cells: values.map((value) => formatCell(value, digits)), numeric };
  });
  return { columns, rows: rows.length, hidden: total - rows.length, caption };
}

function firstRows(table: TableRows | TableLike, limit: number): { rows: TableRows; names: string[]; total: number } {
  if (Array.isArray(table)) {
    const rows = (table as TableRows).slice(0, limit);
    return { rows, names: [...new Set(rows.flatMap((row) => Object.keys(row)))], total: table.length };
  }
  const frame = table as TableLike;
  if (typeof frame?.objects !== "function" || typeof frame.columnNames !== "function") {
    fail("showTable", "must be given an array of rows or an arquero table", table);
  }
  return { rows: frame.objects({ limit }) as TableRows[number][], names: frame.columnNames(), total: frame.numRows() };
}

/** A cell as it is shown; an absent value is empty, NaN and infinities are written out. */
export function formatCell(value: unknown, digits: number): string {
  if (value === null || value === undefined) return "";
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "number" && Number.isFinite(value) && !Number.isInteger(value)) {
    return String(Number(value.toPrecision(digits)));
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => formatCell(item, digits)).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Aligned columns, for `text/plain`. */
export function tableText({ columns, rows, hidden, caption }: TableView): string {
  const widths = columns.map(({ name, cells }) => Math.max(name.length, ...cells.map((cell) => cell.length)));
  const line = (cell: (column: Column) => string) =>
    columns
      .map((column, i) => (column.numeric ? cell(column).padStart(widths[i]!) : cell(column).padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  const lines = [line(({ name }) => name), widths.map((width) => "-".repeat(width)).join("  ")];
  for (let row = 0; row < rows; row++) lines.push(line(({ cells }) => singleLine(cells[row]!)));
  if (caption !== undefined) lines.unshift(caption);
  if (hidden > 0) lines.push(remainder(hidden));
  return lines.join("\n");
}

/** An HTML table, for `text/html`. */
export function tableHtml({ columns, rows, hidden, caption }: TableView): string {
  const cell = (tag: string, text: string, numeric: boolean) =>
    `<${tag} style="text-align:${numeric ? "right" : "left"}">${escapeHtml(text)}</${tag}>`;
  const head = columns.map(({ name, numeric }) => cell("th", name, numeric)).join("");
  const body = Array.from({ length: rows }, (_, row) => {
    const cells = columns.map((column) => cell("td", column.cells[row]!, column.numeric)).join("");
    return `<tr>${cells}</tr>`;
  });
  return [
    "<table>",
    ...(caption === undefined ? [] : [`<caption>${escapeHtml(caption)}</caption>`]),
    `<thead><tr>${head}</tr></thead>`,
    "<tbody>",
    ...body,
    "</tbody>",
    "</table>",
    ...(hidden > 0 ? [`<p>${remainder(hidden)}</p>`] : []),
  ].join("\n");
}

function singleLine(text: string): string {
  return text.replace(/\r?\n/g, "\u21b5");
}

function remainder(hidden: number): string {
  return `… and ${hidden} more ${hidden === 1 ? "row" : "rows"}`;
}
