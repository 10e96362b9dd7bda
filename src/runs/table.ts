/** Rows as arquero tables and back, and as Arrow. arquero is loaded when first used. */
import { createRequire } from "node:module";
import type { ColumnTable } from "arquero";
import type { Columns } from "./columns";
import { encode, toCell } from "./encoding";
import { cellKinds, ofKind, ownCell } from "./kinds";
import type { Cell, Kind, Row } from "./types";

const load = createRequire(__filename);
const arquero = () => load("arquero") as typeof import("arquero");

/**
 * Rows as an arquero table, a column for each name that occurs; a cell that a row lacks is null.
 *
 * @example
 * ```ts
 * import { toTable } from "nonsmooth";
 *
 * const table = toTable([{ bits: 16, hits: 3 }, { bits: 16, hits: 5 }, { bits: 32, hits: 0 }]);
 * console.log(table.groupby("bits").count().objects()); // [ { bits: 16, count: 2 }, { bits: 32, count: 1 } ]
 * ```
 */
export function toTable(rows: readonly Row[]): ColumnTable {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return tableOf(
    names.map((name) => [name, rows.map((row) => ownCell(row, name) ?? null)]),
    names,
  );
}

/** An arquero table of columns, in this order. */
export function tableOf(columns: [string, unknown[]][], names: string[]): ColumnTable {
  return arquero().table(columns, names);
}

/**
 * The rows of an arquero table, as it is filtered and ordered; dates become ISO 8601 text.
 *
 * @example
 * ```ts
 * import { fromTable, toTable } from "nonsmooth";
 *
 * const table = toTable([{ bits: 16, hits: 3 }, { bits: 32, hits: 0 }]).filter((row: { hits: number }) => row.hits > 0);
 * console.log(fromTable(table)); // [ { bits: 16, hits: 3 } ]
 * ```
 */
export function fromTable(table: ColumnTable): Row[] {
  return (table.objects() as Record<string, unknown>[]).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]): [string, Cell] => [name, toCell(value)])),
  );
}

/**
 * Rows as an Arrow IPC file: integers are Int64, other numbers Float64, text a dictionary of Utf8, lists lists of these; columns or
 * lists that mix kinds hold each cell's JSON text, columns that are all null are text unless they are declared.
 */
export function toArrow(rows: readonly Row[], declared?: Columns): Uint8Array {
  const kinds = [...cellKinds(rows, declared)];
  const columns = kinds.map(([name, kind]): [string, Cell[]] => [
    name,
    rows.map((row) => ofKind(ownCell(row, name) ?? null, kind, encode)),
  ]);
  const table = tableOf(
    columns,
    kinds.map(([name]) => name),
  );
  return table.toArrowIPC({
    format: "file",
    types: Object.fromEntries(kinds.map(([name, kind]) => [name, arrowType(kind)])),
  });
}

/** The type of a column of this kind. By itself arquero makes 32-bit integers, even of -0. */
const arrowType = (kind: Kind) =>
  arquero()
    .table({ x: examples(kind) })
    .toArrow().schema.fields[0]!.type;

/** Cells from which arquero sees the kind; lists of one length would become lists of fixed length. */
function examples(kind: Kind): unknown[] {
  if (typeof kind === "object") return [examples(kind.list), []];
  if (kind === "integer") return [1n];
  if (kind === "number") return [0.5];
  return kind === "boolean" ? [true] : [""];
}
