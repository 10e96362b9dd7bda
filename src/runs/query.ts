/** SQL over the rows of all runs, by DuckDB in memory. */
import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { fail, NonsmoothError } from "../util";
import { createTable, withDatabase } from "./duckdb";
import { cellText, encode, toCell } from "./encoding";
import { defaultRuns, runName } from "./find";
import { cellKinds } from "./kinds";
import { describeRun, type RunEntry, runFolders } from "./list";
import type { Kind, Row } from "./types";
import { UnitedRuns } from "./united-runs";

export interface QueryOptions {
  /** Folder of all runs; default: NONSMOOTH_RUNS, or else data/runs of the project. */
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
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, query, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: [16, 64], widths: [16], sampleSizes: [256], runs: 2 };
 * await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * const sql = 'SELECT precision AS bits, count(*) AS trials FROM "bifurcation-frequency" GROUP BY ALL ORDER BY ALL';
 * console.log(await query(sql, { runs })); // [ { bits: 16, trials: 2 }, { bits: 64, trials: 2 } ]
 * ```
 */
export async function query(sql: string, options: QueryOptions = {}): Promise<Row[]> {
  const { runs = defaultRuns(), log = (line) => process.stderr.write(`${line}\n`) } = options;
  return withDatabase(async (connection) => {
    const entries = await fill(connection, runs, sql, log);
    await createTable(connection, "runs", entries.map(runRow), { kinds: RUN_COLUMNS });
    return select(connection, sql);
  });
}

/** Fills the tables of rows, run by run: the rows of all runs need not be in memory together. */
async function fill(
  connection: DuckDBConnection,
  runs: string,
  sql: string,
  log: (line: string) => void,
): Promise<RunEntry[]> {
  const entries: RunEntry[] = [];
  const all = new UnitedRuns(connection, "rows", isNamed("rows", sql));
  const byName = new Map<string, UnitedRuns | undefined>([
    ["rows", undefined],
    ["runs", undefined],
  ]);
  for (const { directory, experiment, run } of runFolders(runs)) {
    const name = experiment.toLowerCase();
    if (!byName.has(name)) byName.set(name, new UnitedRuns(connection, experiment, isNamed(name, sql)));
    const leaveOut = (problem: string) => log(`${runName({ experiment, run })} is left out: ${problem}`);
    let columns: ReadonlyMap<string, Kind> | undefined;
    let rows: readonly Row[] = [];
    const entry = describeRun(directory, experiment, run, (_, read) => {
      try {
        columns = cellKinds(read);
        rows = read;
      } catch (error) {
        leaveOut((error as Error).message); // names of columns differ in case only
      }
    });
    entries.push(entry);
    if (entry.problem !== undefined) leaveOut(entry.problem);
    if (columns === undefined) continue;
    for (const table of [all, byName.get(name)]) await table?.add({ entry, kinds: columns }, rows);
  }
  for (const table of [all, ...byName.values()]) await table?.finish();
  return entries;
}

/** Whether a query may read a table: it holds the name, or makes names of text. */
function isNamed(name: string, sql: string): boolean {
  const text = sql.toLowerCase().replaceAll('""', '"');
  return text.includes(name.toLowerCase()) || /\bquery(_table)?\b|duckdb_tables/.test(text);
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
