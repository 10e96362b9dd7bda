/** SQL over the rows of all runs, by DuckDB in memory. */
import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { fail, NonsmoothError } from "../util";
import { createTable, withDatabase } from "./duckdb";
import { cellText, encode, toCell } from "./encoding";
import { defaultRuns, rowsOf, runName } from "./find";
import { cellKinds } from "./kinds";
import { listRuns, type RunEntry } from "./list";
import type { Kind, Row } from "./types";

export interface QueryOptions {
  /** Folder of all runs; default: data/runs of the project. */
  readonly runs?: string;
  /** Told about each run that cannot be read and is left out; default: standard error. */
  readonly log?: (line: string) => void;
}

/**
 * The answer to an SQL query (DuckDB's dialect) over these tables:
 * - one by the name of each experiment, in double quotes: the rows of its runs, finished or not, as rows.jsonl holds them, columns
 *   united by name, with the columns `experiment` and `run`;
 * - `rows`: the same of all experiments;
 * - `runs`: a row for each run: experiment, run, status, rows, seconds, started, commit, config (JSON text).
 *
 * Numbers are DOUBLE. A column whose cells are not of one kind within a table is text in all of that table: numbers by their shortest
 * digits (32, 0.5, NaN), text as it is, lists as JSON. So a column that is text in one experiment is text in `rows`, and with one run
 * of precision "mixed" the condition is `precision = '32'` in the experiment's own table, too.
 *
 * Broken runs are in `runs` only. Whole numbers come back as numbers, dates as ISO 8601 text, records as JSON text.
 * @throws NonsmoothError for anything but one query, and with DuckDB's message for a faulty one
 * @example await query('SELECT precision, avg(hits) AS hits FROM "bifurcation-frequency" GROUP BY ALL ORDER BY ALL')
 */
export async function query(sql: string, options: QueryOptions = {}): Promise<Row[]> {
  const { runs = defaultRuns(), log = (line) => process.stderr.write(`${line}\n`) } = options;
  return withDatabase(async (connection) => {
    const entries = listRuns(runs);
    await createTable(connection, "runs", entries.map(runRow), { kinds: RUN_COLUMNS });
    const tables = readable(entries, log);
    await uniteRuns(connection, "rows", tables);
    for (const [lower, name] of new Map(entries.map(({ experiment }) => [experiment.toLowerCase(), experiment]))) {
      if (lower === "runs" || lower === "rows") continue;
      const own = tables.filter(([{ experiment }]) => experiment.toLowerCase() === lower);
      await uniteRuns(connection, name, own);
    }
    return select(connection, sql);
  });
}

type RunRows = readonly [entry: RunEntry, rows: readonly Row[]];

function readable(entries: readonly RunEntry[], log: (line: string) => void): RunRows[] {
  return entries.flatMap((entry): RunRows[] => {
    try {
      if (entry.problem !== undefined) throw new Error(entry.problem);
      const rows = rowsOf(entry);
      cellKinds(rows); // throws where names of columns differ in case only
      return [[entry, rows]];
    } catch (error) {
      log(`${runName(entry)} is left out: ${(error as Error).message}`);
      return [];
    }
  });
}

const ORIGIN = { experiment: "", run: "" };

/** A table of runs, one below the other. A column has its name from the first run that has it: databases ignore case. */
async function uniteRuns(connection: DuckDBConnection, name: string, runs: readonly RunRows[]): Promise<void> {
  const names = new Map<string, string>();
  const nameOf = (column: string): string => {
    const known = names.get(column.toLowerCase()) ?? column;
    names.set(column.toLowerCase(), known);
    return known;
  };
  const rows = runs.flatMap(([{ experiment, run }, own]) =>
    own.map((row): Row => {
      const cells = Object.entries(row).map(([column, cell]) => [nameOf(column), cell]);
      return { experiment, run, ...Object.fromEntries(cells) };
    }),
  );
  // with ORIGIN, so that the table has columns where there are no rows
  await createTable(connection, name, rows, { kinds: tableKinds([ORIGIN, ...rows]), text: cellText });
}

/** A query means the same whatever runs there are: a number is a double, and a column that is all null fits wherever any type does. */
function tableKinds(rows: readonly Row[]): Map<string, Kind> {
  const widened = (kind: Kind): Kind => {
    if (typeof kind === "object") return { list: widened(kind.list) };
    // BOOLEAN is what DuckDB casts to every other type
    return kind === "integer" ? "number" : kind === "empty" ? "boolean" : kind;
  };
  return new Map([...cellKinds(rows)].map(([column, kind]) => [column, widened(kind)]));
}

const RUN_COLUMNS = new Map<string, Kind>([
  ["experiment", "string"],
  ["run", "string"],
  ["status", "string"],
  ["rows", "number"],
  ["seconds", "number"],
  ["started", "string"],
  ["commit", "string"],
  ["config", "string"],
]);

function runRow({ experiment, run, status, rows, manifest }: RunEntry): Row {
  const { seconds, started, provenance, config } = manifest ?? {};
  // a manifest that was edited by hand may hold anything
  const text = (value: unknown) => (value == null ? null : cellText(toCell(value)));
  return {
    experiment,
    run,
    status,
    rows,
    seconds: typeof seconds === "number" ? seconds : null,
    started: text(started),
    commit: text(provenance?.commit),
    config: config ? encode(config) : null,
  };
}

async function select(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  try {
    const result = await (await prepare(connection, sql)).runAndReadAll();
    const names = result.deduplicatedColumnNames();
    return result.getRowsJS().map((cells) => Object.fromEntries(cells.map((cell, i) => [names[i]!, toCell(cell)])));
  } catch (error) {
    if (error instanceof NonsmoothError) throw error;
    throw refused(sql, error as Error);
  }
}

/** DuckDB's message without its picture of the place: the first line as the rule, the rest as the hint. */
function refused(sql: string, error: Error): NonsmoothError {
  const [message = ""] = error.message.replace(/^Failed to extract statements: /, "").split("\n\nLINE ");
  const [rule = message, ...more] = message.split("\n");
  const advice = more.join(" ");
  const hint = advice === "" ? ADVICE[rule.split(":")[0]!] : advice.charAt(0).toLowerCase() + advice.slice(1);
  return new NonsmoothError("query", rule.replace(/[!.]$/, ""), { got: sql, ...(hint && { hint }), cause: error });
}

/** By the kind of DuckDB's error. */
const ADVICE: Readonly<Record<string, string>> = {
  "Conversion Error": "a column that holds numbers and text is text: compare it with text, '32' in place of 32",
  "Parser Error":
    'the tables are runs, rows and one for each experiment, by its name in double quotes: SELECT * FROM "training"',
};

/** The statement that answers. Nothing else is run, since a query is only there to be answered: no COPY to a file, no DROP. */
async function prepare(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const { StatementType } = await import("@duckdb/node-api");
  const refuse = () => fail("query", "must be one query, as SELECT …", sql);
  // DuckDB has no message for an empty query
  if (sql.replace(/--.*|\s|;/g, "") === "") refuse();
  const statements = await connection.extractStatements(sql);
  for (let i = 0; ; i++) {
    const statement = await statements.prepare(i);
    const { statementType: type } = statement;
    const isLast = i === statements.count - 1;
    if (isLast && (type === StatementType.SELECT || type === StatementType.EXPLAIN)) return statement;
    // a PIVOT is a query of two statements: the first one creates the type of its columns
    if (isLast || type !== StatementType.CREATE || !/\bPIVOT/i.test(sql)) refuse();
    await statement.run();
  }
}
