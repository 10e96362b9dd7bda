/** What can be shown as a table. It is recognised by its methods and properties, so neither arquero nor danfo is loaded. */

/** An arquero table, or anything with these three of its methods. */
export interface TableLike {
  columnNames(): string[];
  numRows(): number;
  objects(options?: { limit?: number }): object[];
}

/** A danfo data frame or series, or anything with these properties. */
export interface FrameLike {
  readonly $isSeries: boolean;
  readonly columns: readonly string[];
  readonly index: readonly (string | number)[];
  /** Rows of cells, or the cells of a series. */
  readonly values: unknown;
}

export type TableRows = readonly object[];
export type Table = TableRows | TableLike | FrameLike;

/** The first rows of a table, by column. */
export interface FirstRows {
  readonly names: readonly string[];
  readonly columns: readonly (readonly unknown[])[];
  readonly total: number;
}

/** @returns undefined if `value` is not a table. */
export function readTable(value: unknown, limit: number): FirstRows | undefined {
  if (Array.isArray(value)) return fromRows(value, limit);
  if (isTable(value)) return fromObjects(value.objects({ limit }), value.columnNames(), value.numRows());
  return isFrame(value) ? fromFrame(value, limit) : undefined;
}

/** Whether a value is a table from a library, not just rows. */
export function isLibraryTable(value: unknown): boolean {
  return isTable(value) || isFrame(value);
}

function isTable(value: unknown): value is TableLike {
  const { objects, columnNames, numRows } = (value ?? {}) as Partial<TableLike>;
  return [objects, columnNames, numRows].every((method) => typeof method === "function");
}

function isFrame(value: unknown): value is FrameLike {
  const { $isSeries, columns, index } = (value ?? {}) as Partial<FrameLike>;
  return typeof $isSeries === "boolean" && Array.isArray(columns) && Array.isArray(index);
}

function fromRows(all: readonly unknown[], limit: number): FirstRows | undefined {
  const rows = all.slice(0, limit);
  if (!rows.every((row) => typeof row === "object" && row !== null)) return undefined;
  const names = new Set(rows.flatMap((row) => Object.keys(row as object)));
  return fromObjects(rows as object[], [...names], all.length);
}

function fromObjects(rows: readonly object[], names: readonly string[], total: number): FirstRows {
  const columns = names.map((name) => rows.map((row) => (row as Record<string, unknown>)[name]));
  return { names, columns, total };
}

/** An index that only counts the rows is left out. */
function fromFrame({ $isSeries, columns, index, values }: FrameLike, limit: number): FirstRows {
  const rows = (values as readonly unknown[]).slice(0, limit);
  const cells = $isSeries ? [rows] : columns.map((_, i) => rows.map((row) => (row as readonly unknown[])[i]));
  const counts = index.every((label, i) => label === i);
  const first = counts ? { names: [], cells: [] } : { names: ["index"], cells: [index.slice(0, limit)] };
  return { names: [...first.names, ...columns], columns: [...first.cells, ...cells], total: index.length };
}
