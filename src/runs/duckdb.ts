/** DuckDB in memory, loaded when it is first needed: its native library takes longer to load than the rest of us. */
import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { encode } from "./encoding";
import { cellKinds, type Kind } from "./kinds";
import type { Cell, Row } from "./types";

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
 * A table of the rows: numbers become DOUBLE, text VARCHAR, booleans BOOLEAN, lists lists; columns that mix these hold each
 * cell's JSON text. There must be a row with a column.
 */
export async function createTable(connection: DuckDBConnection, name: string, rows: readonly Row[]): Promise<void> {
  const duckdb = await import("@duckdb/node-api");
  const columns = [...cellKinds(rows)].map(([column, kind]) => ({ column, kind, type: typeOf(duckdb, kind) }));
  const definition = columns.map(({ column, type }) => `${identifier(column)} ${type}`).join(", ");
  await connection.run(`CREATE TABLE ${identifier(name)} (${definition})`);
  const appender = await connection.createAppender(name);
  for (const row of rows) {
    for (const { column, kind, type } of columns) {
      appender.appendValue(cellValue(duckdb, row[column] ?? null, kind), type);
    }
    appender.endRow();
  }
  appender.closeSync();
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function typeOf(duckdb: DuckDB, kind: Kind): DuckDBType {
  if (typeof kind === "object") return duckdb.LIST(typeOf(duckdb, kind.list));
  if (kind === "number") return duckdb.DOUBLE;
  // BOOLEAN is what DuckDB casts to every other type when a column is all null in one run only
  return kind === "boolean" || kind === "empty" ? duckdb.BOOLEAN : duckdb.VARCHAR;
}

function cellValue(duckdb: DuckDB, cell: Cell, kind: Kind): DuckDBValue {
  if (cell === null) return null;
  if (kind === "mixed") return encode(cell);
  if (typeof kind !== "object") return cell as string | number | boolean;
  return duckdb.listValue((cell as readonly Cell[]).map((item) => cellValue(duckdb, item, kind.list)));
}
