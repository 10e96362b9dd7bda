/** rows.parquet: the rows of a finished run, typed by column. */
import { renameSync, rmSync } from "node:fs";
import { createTable, literal, withDatabase } from "./duckdb";
import type { Row } from "./types";

/**
 * Writes rows as a Parquet file, in one step. Numbers become DOUBLE, text VARCHAR, booleans BOOLEAN, lists lists; a column or a
 * list that mixes these holds JSON text. No rows, no file.
 */
export async function writeParquet(path: string, rows: readonly Row[]): Promise<void> {
  if (!rows.some((row) => Object.keys(row).length > 0)) {
    rmSync(path, { force: true });
    return;
  }
  const beside = `${path}.tmp`;
  try {
    // one thread, so that equal rows give equal bytes
    await withDatabase(
      async (connection) => {
        await createTable(connection, "rows", rows);
        await connection.run(`COPY "rows" TO ${literal(beside)} (FORMAT parquet)`);
      },
      { threads: 1 },
    );
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
