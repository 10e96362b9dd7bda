/** Rows as dataframes and back: arquero's tables and danfo's. Both libraries are loaded when first used. */
import { createRequire } from "node:module";
import type { ColumnTable } from "arquero";
import type { DataFrame } from "danfojs-node";
import { toCell } from "./encoding";
import type { Cell, Row } from "./types";

const load = createRequire(__filename);

/** Rows as an arquero table, a column for each name that occurs; a cell that a row lacks is null. */
export function toTable(rows: readonly Row[]): ColumnTable {
  const { table } = load("arquero") as typeof import("arquero");
  const names = columnNames(rows);
  return table(
    names.map((name) => [name, rows.map((row) => row[name] ?? null)]),
    names,
  );
}

/** The rows of an arquero table, as it is filtered and ordered; dates become ISO 8601 text. */
export function fromTable(table: ColumnTable): Row[] {
  return (table.objects() as Record<string, unknown>[]).map((row) => asRow(Object.entries(row)));
}

/**
 * Rows as a danfo data frame, a column for each name that occurs; a cell that a row lacks is null. The cells stay as they are;
 * danfo's own `dtypes` are guesses from the first of them.
 */
export function toDanfo(rows: readonly Row[]): DataFrame {
  const danfo = load("danfojs-node") as typeof import("danfojs-node");
  const columns = columnNames(rows);
  if (columns.length === 0) return new danfo.DataFrame([]);
  return new danfo.DataFrame(
    rows.map((row) => columns.map((name) => row[name] ?? null)),
    { columns },
  );
}

/** The rows of a danfo data frame. */
export function fromDanfo(frame: { readonly columns: readonly string[]; readonly values: unknown }): Row[] {
  return (frame.values as unknown[][]).map((cells) => asRow(frame.columns.map((name, i) => [name, cells[i]])));
}

function columnNames(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

function asRow(cells: readonly (readonly [string, unknown])[]): Row {
  return Object.fromEntries(cells.map(([name, value]): [string, Cell] => [name, toCell(value)]));
}
