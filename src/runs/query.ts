/** SQL over the rows of all runs, by DuckDB in memory. */
import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { fail, NonsmoothError } from "../util";
import { createTable, createTableOf, type TablePart, withDatabase } from "./duckdb";
import { cellText, encode, toCell } from "./encoding";
import { defaultRuns, rowsOf, runName } from "./find";
import { cellKinds, common } from "./kinds";
import { describeRun, type RunEntry, runFolders } from "./list";
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
 * A query sees these tables and nothing else: no files, no network, no extensions, and no setting changes that.
 * Broken runs are in `runs` only. Whole numbers come back as numbers, dates as ISO 8601 text, records as JSON text.
 * @throws NonsmoothError for anything but one query, and with DuckDB's message for a faulty one
 * @example await query('SELECT precision, avg(hits) AS hits FROM "bifurcation-frequency" GROUP BY ALL ORDER BY ALL')
 */
export async function query(sql: string, options: QueryOptions = {}): Promise<Row[]> {
  const { runs = defaultRuns(), log = (line) => process.stderr.write(`${line}\n`) } = options;
  const { entries, tables } = lookAt(runs, log);
  return withDatabase(async (connection) => {
    await createTable(connection, "runs", entries.map(runRow), { kinds: RUN_COLUMNS });
    await uniteRuns(connection, "rows", tables, sql);
    for (const [lower, name] of new Map(entries.map(({ experiment }) => [experiment.toLowerCase(), experiment]))) {
      if (lower === "runs" || lower === "rows") continue;
      const own = tables.filter(({ entry }) => entry.experiment.toLowerCase() === lower);
      await uniteRuns(connection, name, own, sql);
    }
    return select(connection, sql);
  });
}

/** A run without its rows: those of all runs need not be in memory together. */
interface RunColumns {
  readonly entry: RunEntry;
  readonly kinds: ReadonlyMap<string, Kind>;
}

function lookAt(runs: string, log: (line: string) => void) {
  const tables: RunColumns[] = [];
  const leaveOut = (entry: RunEntry, problem: string) => log(`${runName(entry)} is left out: ${problem}`);
  const entries = runFolders(runs).map(({ directory, experiment, run }) => {
    const entry = describeRun(directory, experiment, run, (found, rows) => {
      try {
        tables.push({ entry: found, kinds: cellKinds(rows) });
      } catch (error) {
        leaveOut(found, (error as Error).message); // names of columns differ in case only
      }
    });
    if (entry.problem !== undefined) leaveOut(entry, entry.problem);
    return entry;
  });
  return { entries, tables };
}

/**
 * A table of runs, one below the other. A column has its name from the first run that has it: databases ignore case. It stays empty,
 * with its columns, where the query does not name it.
 */
async function uniteRuns(
  connection: DuckDBConnection,
  name: string,
  runs: readonly RunColumns[],
  sql: string,
): Promise<void> {
  const names = new Map<string, string>();
  // so that the table has columns where there are no rows
  const kinds = new Map<string, Kind>([
    ["experiment", "string"],
    ["run", "string"],
  ]);
  for (const [column, kind] of runs.flatMap((run) => [...run.kinds])) {
    const first = names.get(column.toLowerCase()) ?? column;
    names.set(column.toLowerCase(), first);
    kinds.set(first, common(kinds.get(first) ?? "empty", kind));
  }
  for (const [column, kind] of kinds) kinds.set(column, widened(kind));
  await createTableOf(connection, name, kinds, isNamed(name, sql) ? partsOf(runs, names) : [], cellText);
}

function* partsOf(runs: readonly RunColumns[], names: ReadonlyMap<string, string>): Generator<TablePart> {
  for (const { entry, kinds } of runs) {
    const own = new Map(Array.from(kinds.keys(), (column) => [names.get(column.toLowerCase())!, column]));
    const { experiment, run } = entry;
    yield { rows: rowsOf(entry), names: own, constants: { experiment, run } };
  }
}

/** Whether a query may read a table: it holds the name, or makes names of text. */
function isNamed(name: string, sql: string): boolean {
  const text = sql.toLowerCase().replaceAll('""', '"');
  return text.includes(name.toLowerCase()) || /\bquery(_table)?\b|duckdb_tables/.test(text);
}

/** A query means the same whatever runs there are: a number is a double, and a column that is all null fits wherever any type does. */
function widened(kind: Kind): Kind {
  if (typeof kind === "object") return { list: widened(kind.list) };
  // BOOLEAN is what DuckDB casts to every other type
  return kind === "integer" ? "number" : kind === "empty" ? "boolean" : kind;
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
  if (rule.startsWith("Permission Error") || rule.includes("configuration has been locked")) {
    const hint = "a query sees the tables of runs: no files, no network, no extensions, no settings";
    return new NonsmoothError("query", "must be one query, as SELECT …", { got: sql, hint, cause: error });
  }
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
