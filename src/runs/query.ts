/** SQL over the rows of all runs, by DuckDB in memory. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { NonsmoothError, projectRoot } from "../util";
import { createTable, identifier, literal, withDatabase } from "./duckdb";
import { encode, toCell } from "./encoding";
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
 * The answer to an SQL query (DuckDB's dialect) over two tables:
 * - `rows`: the rows of all runs, finished or not, columns united by name, with the columns `experiment` and `run`;
 * - `runs`: a row a run: experiment, run, status, rows, seconds, started, commit, config (JSON text).
 *
 * Whole numbers come back as numbers, dates as ISO 8601 text, records as JSON text.
 * @throws what DuckDB has to say about a faulty query.
 * @example await query("SELECT precision, avg(bifurcated) AS frequency FROM rows GROUP BY ALL ORDER BY ALL")
 */
export async function query(sql: string, options: QueryOptions = {}): Promise<Row[]> {
  const { runs = join(projectRoot, "data", "runs"), log = (line) => process.stderr.write(`${line}\n`) } = options;
  return withDatabase(async (connection) => {
    await createViews(connection, listRuns(runs), log);
    return select(connection, sql);
  });
}

async function createViews(connection: DuckDBConnection, entries: readonly RunEntry[], log: (line: string) => void) {
  const parts = ["SELECT NULL::VARCHAR AS experiment, NULL::VARCHAR AS run WHERE false"];
  for (const [i, entry] of entries.entries()) {
    try {
      if (await createRunView(connection, `run_${i}`, entry)) {
        const origin = `${literal(entry.experiment)} AS experiment, ${literal(entry.run)} AS run`;
        parts.push(`SELECT ${origin}, * FROM run_${i}`);
      }
    } catch (error) {
      log(`${entry.experiment}/${entry.run} is left out: ${(error as Error).message}`);
    }
  }
  await connection.run(`CREATE VIEW "rows" AS ${parts.join(" UNION ALL BY NAME ")}`);
  // a first row with every column, so that the table is there without runs, too
  await createTable(connection, "runs", [COLUMNS, ...entries.map(runRow)]);
  await connection.run("DELETE FROM runs WHERE run = ''");
}

/** The rows of one run as a view or table; false if there are none. */
async function createRunView(connection: DuckDBConnection, name: string, entry: RunEntry): Promise<boolean> {
  if (entry.problem) throw new Error(entry.problem);
  const parquet = join(entry.directory, "rows.parquet");
  if (entry.status === "done" && existsSync(parquet)) {
    await connection.run(`CREATE VIEW ${identifier(name)} AS SELECT * FROM read_parquet(${literal(parquet)})`);
    return true;
  }
  const { rows } = readRows(join(entry.directory, "rows.jsonl"));
  if (rows.length > 0) await createTable(connection, name, rows);
  return rows.length > 0;
}

const COLUMNS = { experiment: "", run: "", status: "", rows: 0, seconds: 0, started: "", commit: "", config: "" };

function runRow({ experiment, run, status, rows, manifest }: RunEntry): Row {
  const { seconds = null, started = null, provenance, config } = manifest ?? {};
  const commit = toCell(provenance?.commit);
  return { experiment, run, status, rows, seconds, started, commit, config: config ? encode(config) : null };
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
