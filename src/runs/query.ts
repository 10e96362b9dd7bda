/** SQL over the rows of all runs, by DuckDB in memory. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { NonsmoothError } from "../util";
import { createTable, identifier, literal, withDatabase } from "./duckdb";
import { encode, toCell } from "./encoding";
import { defaultRuns, runName } from "./find";
import { listRuns, type RunEntry } from "./list";
import { readRows } from "./rows-file";
import type { Row } from "./types";

export interface QueryOptions {
  /** Folder of all runs; default: data/runs of the project. */
  readonly runs?: string;
  /** Told about each run that cannot be read and is left out; default: standard error. */
  readonly log?: (line: string) => void;
}

/**
 * The answer to an SQL query (DuckDB's dialect) over these tables:
 * - one by the name of each experiment, in double quotes: the rows of its runs, finished or not, columns united by name, with the
 *   columns `experiment` and `run`;
 * - `rows`: the same of all experiments. A column that is a number in one and text in another is text in all of `rows`;
 * - `runs`: a row a run: experiment, run, status, rows, seconds, started, commit, config (JSON text).
 *
 * Whole numbers come back as numbers, dates as ISO 8601 text, records as JSON text.
 * @throws what DuckDB has to say about a faulty query.
 * @example await query('SELECT precision, avg(hits) AS hits FROM "bifurcation-frequency" GROUP BY ALL ORDER BY ALL')
 */
export async function query(sql: string, options: QueryOptions = {}): Promise<Row[]> {
  const { runs = defaultRuns(), log = (line) => process.stderr.write(`${line}\n`) } = options;
  return withDatabase(async (connection) => {
    await createViews(connection, listRuns(runs), log);
    return select(connection, sql);
  });
}

/** Runs by the names of the tables that hold their rows. */
type Tables = Map<string, RunEntry>;

async function createViews(connection: DuckDBConnection, entries: readonly RunEntry[], log: (line: string) => void) {
  const tables: Tables = new Map();
  for (const [i, entry] of entries.entries()) {
    try {
      if (await createRunTable(connection, `run_${i}`, entry)) tables.set(`run_${i}`, entry);
    } catch (error) {
      log(`${runName(entry)} is left out: ${(error as Error).message}`);
    }
  }
  await uniteTables(connection, "rows", tables);
  // a first row with every column, so that the table is there without runs, too
  await createTable(connection, "runs", [COLUMNS, ...entries.map(runRow)]);
  await connection.run("DELETE FROM runs WHERE run = ''");
  for (const name of new Set(entries.map(({ experiment }) => experiment))) {
    const own = [...tables].filter(([, { experiment }]) => experiment === name);
    await uniteTables(connection, name, new Map(own));
  }
}

/** The rows of one run, read to the end so that damage shows here and not in a query of all runs; false if there are none. */
async function createRunTable(connection: DuckDBConnection, name: string, entry: RunEntry): Promise<boolean> {
  if (entry.problem) throw new Error(entry.problem);
  const parquet = join(entry.directory, "rows.parquet");
  if (entry.status === "done" && existsSync(parquet)) {
    await connection.run(`CREATE TABLE ${identifier(name)} AS SELECT * FROM read_parquet(${literal(parquet)})`);
    return true;
  }
  const { rows } = readRows(join(entry.directory, "rows.jsonl"));
  if (rows.length > 0) await createTable(connection, name, rows);
  return rows.length > 0;
}

/** A view of tables one below the other. A column of lists that holds single values elsewhere holds JSON text for the lists. */
async function uniteTables(connection: DuckDBConnection, view: string, tables: Tables): Promise<void> {
  const parts = ["SELECT NULL::VARCHAR AS experiment, NULL::VARCHAR AS run WHERE false"];
  const clashes = await clashingColumns(connection, tables);
  for (const [table, entry] of tables) {
    const origin = `${literal(entry.experiment)} AS experiment, ${literal(entry.run)} AS run`;
    const lists = clashes.filter((clash) => clash.table === table).map(({ column }) => identifier(column));
    const replaced = lists.map((name) => `to_json(${name})::VARCHAR AS ${name}`);
    parts.push(`SELECT ${origin}, *${replaced.length > 0 ? ` REPLACE (${replaced.join(", ")})` : ""} FROM ${table}`);
  }
  await connection.run(`CREATE VIEW IF NOT EXISTS ${identifier(view)} AS ${parts.join(" UNION ALL BY NAME ")}`);
}

/** Columns of lists whose name is in another of the tables that of single values, which DuckDB cannot unite. */
async function clashingColumns(
  connection: DuckDBConnection,
  tables: Tables,
): Promise<{ table: string; column: string }[]> {
  const names = ["", ...tables.keys()].map(literal).join(", ");
  const result = await connection.runAndReadAll(`
    WITH columns AS (FROM information_schema.columns WHERE table_name IN (${names}))
    SELECT table_name AS "table", column_name AS "column" FROM columns WHERE data_type LIKE '%[]'
    AND lower(column_name) IN (
      SELECT lower(column_name) FROM columns
      WHERE data_type NOT LIKE '%[]' AND data_type <> 'BOOLEAN')`); // BOOLEAN: a column that is all null
  return result.getRowObjectsJS() as { table: string; column: string }[];
}

const COLUMNS = { experiment: "", run: "", status: "", rows: 0, seconds: 0, started: "", commit: "", config: "" };

function runRow({ experiment, run, status, rows, manifest }: RunEntry): Row {
  const { seconds = null, started = null, provenance, config } = manifest ?? {};
  const commit = toCell(provenance?.commit);
  // one manifest that was edited by hand must not change the columns of all
  const times = {
    seconds: typeof seconds === "number" ? seconds : null,
    started: started === null ? null : String(started),
  };
  return { experiment, run, status, rows, ...times, commit, config: config ? encode(config) : null };
}

async function select(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  try {
    const result = await connection.runAndReadAll(sql);
    const names = result.deduplicatedColumnNames();
    return result.getRowsJS().map((cells) => Object.fromEntries(cells.map((cell, i) => [names[i]!, toCell(cell)])));
  } catch (error) {
    throw new NonsmoothError("query", (error as Error).message, { cause: error });
  }
}
