/** rows.parquet: the rows of a finished run, typed by column. */
import { renameSync, rmSync } from "node:fs";
import { reserveBeside } from "../util";
import type { Columns } from "./columns";
import { createTable, literal, withDatabase } from "./duckdb";
import { cellKinds } from "./kinds";
import type { Row } from "./types";

/**
 * Writes rows as a Parquet file, in one step. A column's type comes from its cells: BIGINT where all are integers (whole,
 * below 2^53, none -0), DOUBLE for other numbers, VARCHAR for text, BOOLEAN, lists of these; a column or a list that mixes them
 * holds JSON text, and one that is all null is VARCHAR. A declared column has its declared type in every run; others may differ
 * between runs: DuckDB reads their files together with union_by_name = true. No rows, no file.
 */
export async function writeParquet(path: string, rows: readonly Row[], declared?: Columns): Promise<void> {
  if (!rows.some((row) => Object.keys(row).length > 0)) {
    rmSync(path, { force: true });
    return;
  }
  const beside = reserveBeside(path);
  try {
    // one thread, so that equal rows give equal bytes
    await withDatabase(
      async (connection) => {
        await createTable(connection, "rows", rows, { kinds: cellKinds(rows, declared) });
        await connection.run(`COPY "rows" TO ${literal(beside)} (FORMAT parquet, USE_TMP_FILE false)`);
      },
      { threads: 1, files: true },
    );
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
