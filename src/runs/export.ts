/** Rows as files for other programs. */
import { extname } from "node:path";
import type { ColumnTable } from "arquero";
import { fail, mayReplaceUnknown, notWritten, writeNamed } from "../util";
import type { Columns } from "./columns";
import { toCsv } from "./csv";
import { writeParquet } from "./parquet";
import { fromTable, toArrow } from "./table";
import type { Row } from "./types";

type Write = (path: string, rows: readonly Row[], declared?: Columns) => void | Promise<void>;

const writers: Readonly<Record<string, Write>> = {
  ".csv": (path, rows) => writeNamed(path, toCsv(rows)),
  ".parquet": parquet,
  ".arrow": (path, rows, declared) => writeNamed(path, toArrow(rows, declared)),
};

/**
 * Writes rows, or an arquero table as it is filtered and ordered, as CSV, Parquet or Arrow (an IPC file, Feather version 2), by
 * the ending of the path: .csv, .parquet, .arrow. Dates are ISO 8601 text. CSV keeps the digits (see `toCsv`). Parquet and Arrow
 * keep types and null: integers of 64 bits where a column is all integers (whole, below 2^53, none -0), else doubles; columns
 * or lists that mix kinds hold JSON text, and a column that is all null is text unless it is declared.
 * @param declared columns with their types, such as `experiment.rows.columns`: a column of them has its type whatever its cells are
 * @throws NonsmoothError for another ending, for no rows, where the file cannot be written, and for one of the project's committed ones
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { exportRows } from "nonsmooth";
 *
 * const file = join(mkdtempSync(join(tmpdir(), "rows-")), "rows.csv"); // or .parquet, .arrow
 * await exportRows(file, [{ trial: 0, outcome: "same" }, { trial: 1, outcome: "different" }]);
 * console.log(readFileSync(file, "utf8").trim().split("\n")); // [ 'trial,outcome', '0,same', '1,different' ]
 * ```
 */
export async function exportRows(path: string, rows: readonly Row[] | ColumnTable, declared?: Columns): Promise<void> {
  const write = writerOf(path);
  mayReplaceUnknown(path);
  const list = Array.isArray(rows) ? (rows as readonly Row[]) : fromTable(rows as ColumnTable);
  if (!list.some((row) => Object.keys(row).length > 0)) fail("export", "must have at least one row", list.length);
  await write(path, list, declared);
}

/** What writes a file of this name. @throws NonsmoothError for any other ending */
export function writerOf(path: string): Write {
  const write = writers[extname(path).toLowerCase()];
  return write ?? fail("export", `the file's name must end in ${Object.keys(writers).join(", ")}`, path);
}

async function parquet(path: string, rows: readonly Row[], declared?: Columns): Promise<void> {
  try {
    await writeParquet(path, rows, declared);
  } catch (error) {
    throw notWritten(path, error);
  }
}
