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
 * @param options.threads of the database; default: all cores
 * @param options.files whether SQL reaches files, networks and extensions; default: nothing but its own tables, and no setting changes that
 */
export async function withDatabase<T>(
  work: (connection: DuckDBConnection) => Promise<T>,
  { threads, files = false }: { threads?: number; files?: boolean } = {},
): Promise<T> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    ...(threads && { threads: String(threads) }),
    ...(!files && { enable_external_access: "false", lock_configuration: "true" }),
  });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Rows of a table with what else is in it. */
export interface TablePart {
  readonly rows: readonly Row[];
  /** The name that a column of the table has in these rows; default: the same. */
  readonly names?: ReadonlyMap<string, string>;
  /** Columns that hold one cell in all of these rows. */
  readonly constants?: Row;
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
  await createTableOf(connection, name, kinds, [{ rows }], text);
}

/** The same of rows that come part by part, so that they need not be in memory together. */
export async function createTableOf(
  connection: DuckDBConnection,
  name: string,
  kinds: ReadonlyMap<string, Kind>,
  parts: Iterable<TablePart>,
  text: (cell: Cell) => string,
): Promise<void> {
  const duckdb = await import("@duckdb/node-api");
  const columns = [...kinds].map(([column, kind]) => ({ column, kind, type: typeOf(duckdb, kind) }));
  const types = columns.map(({ type }) => type);
  const definition = columns.map(({ column, type }) => `${identifier(column)} ${type}`).join(", ");
  await connection.run(`CREATE TABLE ${identifier(name)} (${definition})`);
  const appender = await connection.createAppender(name);
  // one for all: its memory is the database's, which this program's own does not hurry to give back
  const chunk = duckdb.DuckDBDataChunk.create(types);
  for (const { rows, names, constants = {} } of parts) {
    for (let start = 0; start < rows.length; start += CHUNK) {
      const some = rows.slice(start, start + CHUNK);
      chunk.reset();
      chunk.rowCount = some.length;
      const cells = columns.map(({ column, kind }): DuckDBValue[] => {
        const constant = constants[column];
        if (constant !== undefined) return new Array(some.length).fill(constant);
        const own = names?.get(column) ?? column;
        if (kind === "number" || kind === "string" || kind === "boolean") return some.map((row) => plain(row[own]));
        return some.map((row) => cellValue(duckdb, ofKind(row[own] ?? null, kind, text), kind));
      });
      chunk.setColumns(cells);
      appender.appendDataChunk(chunk);
    }
  }
  appender.closeSync();
}

/** A cell that the database takes as it is. */
const plain = (cell: Cell | undefined) => (cell ?? null) as DuckDBValue;

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
