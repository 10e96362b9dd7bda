/** DuckDB in memory, loaded when it is first needed: its native library takes longer to load than everything else. */
import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { encode } from "./encoding";
import { cellKinds, ofKind } from "./kinds";
import type { Cell, Kind, Row } from "./types";

/** DuckDB appends at most so many rows at once, a column at a time. */
const CHUNK = 2048;

type DuckDB = typeof import("@duckdb/node-api");

/**
 * Runs `work` with a database of its own.
 * @param threads of the database; default: all cores
 */
export async function withDatabase<T>(
  work: (connection: DuckDBConnection) => Promise<T>,
  { threads }: { threads?: number } = {},
): Promise<T> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", threads ? { threads: String(threads) } : {});
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * A table of the rows: integers become BIGINT, other numbers DOUBLE, text VARCHAR, booleans BOOLEAN, lists lists; columns that mix
 * these hold each cell as text, and one that is all null is VARCHAR. There must be a column.
 * @param options.kinds of the columns; default: as the rows have them
 * @param options.text of a cell where kinds are mixed; default: its JSON
 */
export async function createTable(
  connection: DuckDBConnection,
  name: string,
  rows: readonly Row[],
  { kinds = cellKinds(rows), text = encode }: { kinds?: ReadonlyMap<string, Kind>; text?: (cell: Cell) => string } = {},
): Promise<void> {
  const duckdb = await import("@duckdb/node-api");
  const columns = [...kinds].map(([column, kind]) => ({ column, kind, type: typeOf(duckdb, kind) }));
  const definition = columns.map(({ column, type }) => `${identifier(column)} ${type}`).join(", ");
  await connection.run(`CREATE TABLE ${identifier(name)} (${definition})`);
  const appender = await connection.createAppender(name);
  for (let start = 0; start < rows.length; start += CHUNK) {
    const part = rows.slice(start, start + CHUNK);
    const cells = columns.map(({ column, kind }) => part.map((row) => ofKind(row[column] ?? null, kind, text)));
    const chunk = duckdb.DuckDBDataChunk.create(
      columns.map(({ type }) => type),
      part.length,
    );
    chunk.setColumns(cells.map((values, i) => values.map((cell) => cellValue(duckdb, cell, columns[i]!.kind))));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function typeOf(duckdb: DuckDB, kind: Kind): DuckDBType {
  if (typeof kind === "object") return duckdb.LIST(typeOf(duckdb, kind.list));
  if (kind === "integer") return duckdb.BIGINT;
  if (kind === "number") return duckdb.DOUBLE;
  // also for a column that is all null: text takes whatever the same column of another run holds
  return kind === "boolean" ? duckdb.BOOLEAN : duckdb.VARCHAR;
}

function cellValue(duckdb: DuckDB, cell: Cell, kind: Kind): DuckDBValue {
  if (cell === null) return null;
  if (typeof kind === "object") {
    return duckdb.listValue((cell as readonly Cell[]).map((item) => cellValue(duckdb, item, kind.list)));
  }
  return kind === "integer" ? BigInt(cell as number) : (cell as DuckDBValue);
}
