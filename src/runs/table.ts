/** Rows as arquero tables and back, and as Arrow. arquero is loaded when first used. */
import { createRequire } from "node:module";
import type { ColumnTable } from "arquero";
import { encode, toCell } from "./encoding";
import { cellKinds } from "./kinds";
import type { Cell, Row } from "./types";

const load = createRequire(__filename);
const arquero = () => load("arquero") as typeof import("arquero");

/** Rows as an arquero table, a column for each name that occurs; a cell that a row lacks is null. */
export function toTable(rows: readonly Row[]): ColumnTable {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return tableOf(
    names.map((name) => [name, rows.map((row) => row[name] ?? null)]),
    names,
  );
}

/** An arquero table of columns, in this order. */
export function tableOf(columns: [string, unknown[]][], names: string[]): ColumnTable {
  return arquero().table(columns, names);
}

/** The rows of an arquero table, as it is filtered and ordered; dates become ISO 8601 text. */
export function fromTable(table: ColumnTable): Row[] {
  return (table.objects() as Record<string, unknown>[]).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]): [string, Cell] => [name, toCell(value)])),
  );
}

/** Rows as an Arrow IPC file: numbers are Float64, text a dictionary of Utf8; columns that mix kinds hold each cell's JSON text. */
export function toArrow(rows: readonly Row[]): Uint8Array {
  const kinds = cellKinds(rows);
  const mixed = [...kinds].flatMap(([name, kind]) => (kind === "mixed" ? [name] : []));
  const numbers = [...kinds].flatMap(([name, kind]) => (kind === "number" ? [name] : []));
  const text = (row: Row) => mixed.map((name) => [name, row[name] == null ? null : encode(row[name])]);
  const table = toTable(rows.map((row) => ({ ...row, ...Object.fromEntries(text(row)) })));
  // left to itself arquero writes whole numbers as integers, which have no -0
  const float64 = arquero()
    .table({ x: new Float64Array(1) })
    .toArrow().schema.fields[0]!.type;
  return table.toArrowIPC({ format: "file", types: Object.fromEntries(numbers.map((name) => [name, float64])) });
}
