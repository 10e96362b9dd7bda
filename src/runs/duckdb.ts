/** DuckDB in memory, loaded when it is first needed: its native library takes longer to load than everything else. */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { encode } from "./encoding";
import { cellKinds, ofKind, ownCell } from "./kinds";
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
    // made when memory is short, and removed at the end; DuckDB's own choice is in the working folder
    temp_directory: join(tmpdir(), `nonsmooth-duckdb-${randomUUID()}`),
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

/** What a table has besides rows. */
export interface AppendOptions {
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
  const table = await TableWriter.create(connection, name, kinds, text);
  table.append(rows);
  table.close();
}

/** The same for rows that come part by part, so that they need not be in memory together, and for columns that come with them. */
export class TableWriter {
  private readonly kinds: Map<string, Kind>;
  private appender: DuckDBAppender | undefined;
  private chunk: DuckDBDataChunk | undefined;

  private constructor(
    private readonly duckdb: DuckDB,
    private readonly connection: DuckDBConnection,
    private readonly name: string,
    kinds: ReadonlyMap<string, Kind>,
    private readonly text: (cell: Cell) => string,
  ) {
    this.kinds = new Map(kinds);
  }

  static async create(
    connection: DuckDBConnection,
    name: string,
    kinds: ReadonlyMap<string, Kind>,
    text: (cell: Cell) => string,
  ): Promise<TableWriter> {
    const duckdb = await import("@duckdb/node-api");
    const definition = [...kinds].map(([column, kind]) => `${identifier(column)} ${typeOf(duckdb, kind)}`).join(", ");
    await connection.run(`CREATE OR REPLACE TABLE ${identifier(name)} (${definition})`);
    const table = new TableWriter(duckdb, connection, name, kinds, text);
    await table.open();
    return table;
  }

  /** Adds columns, and gives those that are all null so far another kind. */
  async change(kinds: ReadonlyMap<string, Kind>): Promise<void> {
    this.close();
    for (const [column, kind] of kinds) {
      const typed = `${identifier(column)} ${typeOf(this.duckdb, kind)}`;
      const change = this.kinds.has(column)
        ? `ALTER ${identifier(column)} TYPE ${typeOf(this.duckdb, kind)} USING NULL`
        : `ADD COLUMN ${typed}`;
      await this.connection.run(`ALTER TABLE ${identifier(this.name)} ${change}`);
      this.kinds.set(column, kind);
    }
    await this.open();
  }

  append(rows: readonly Row[], { names, constants = {} }: AppendOptions = {}): void {
    const { chunk, appender, duckdb, text } = this;
    for (let start = 0; start < rows.length; start += CHUNK) {
      const some = rows.slice(start, start + CHUNK);
      chunk!.reset();
      chunk!.rowCount = some.length;
      const cells = Array.from(this.kinds, ([column, kind]): DuckDBValue[] => {
        const constant = ownCell(constants, column);
        if (constant !== undefined) return new Array(some.length).fill(constant);
        const own = names?.get(column) ?? column;
        if (kind === "number" || kind === "string" || kind === "boolean")
          return some.map((row) => plain(ownCell(row, own)));
        return some.map((row) => cellValue(duckdb, ofKind(ownCell(row, own) ?? null, kind, text), kind));
      });
      chunk!.setColumns(cells);
      appender!.appendDataChunk(chunk!);
    }
  }

  /** The rows so far are in the table then. */
  close(): void {
    this.appender?.closeSync();
    this.appender = undefined;
  }

  private async open(): Promise<void> {
    this.appender = await this.connection.createAppender(this.name);
    // one for all rows: its memory is the database's, which this program's own does not hurry to give back
    const types = Array.from(this.kinds.values(), (kind) => typeOf(this.duckdb, kind));
    this.chunk = this.duckdb.DuckDBDataChunk.create(types);
  }
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
