/** rows.jsonl: one row a line, only ever appended to while a run goes on. */
import { fail, NonsmoothError, readRegularIfThere } from "../util";
import { checkRow, decode, encodeRow } from "./encoding";
import type { Row } from "./types";

/** What a rows file holds. */
export interface RowsFile {
  readonly rows: readonly Row[];
  /** Bytes up to the end of the last whole line. */
  readonly bytes: number;
  /** Bytes of a last line that was cut off in the middle. */
  readonly torn: number;
}

/**
 * Reads rows.jsonl; a missing file is an empty one. A last line without its end was torn by a kill and does not count.
 * @throws naming the line, if another line is not a row.
 */
export function readRows(path: string): RowsFile {
  const content = readRegularIfThere(path) ?? Buffer.alloc(0);
  const bytes = content.lastIndexOf(LINE_FEED) + 1;
  const rows: Row[] = [];
  const columns = new Set<string>();
  // line by line: one text of all of them may be longer than a text can be
  for (let start = 0; start < bytes; ) {
    const end = content.indexOf(LINE_FEED, start);
    rows.push(parseRow(content.toString("utf8", start, end), path, rows.length + 1, columns));
    start = end + 1;
  }
  return { rows, bytes, torn: content.length - bytes };
}

const [LINE_FEED, RETURN, OPEN, CLOSE] = [10, 13, 0x7b, 0x7d];

/**
 * Whole lines of rows.jsonl, 0 where it is missing.
 * @param options.inBraces looks at the ends of each line; default: counts only
 * @throws naming the line, if one is not in braces
 */
export function countRows(path: string, { inBraces = false } = {}): number {
  const content = readRegularIfThere(path) ?? Buffer.alloc(0);
  let count = 0;
  for (let start = 0; ; count++) {
    const end = content.indexOf(LINE_FEED, start);
    if (end === -1) return count;
    const last = content[end - 1] === RETURN ? end - 2 : end - 1;
    if (inBraces && (content[start] !== OPEN || content[last] !== CLOSE))
      throw noRow(`${path}, line ${count + 1}`, content.toString("utf8", start, end));
    start = end + 1;
  }
}

/**
 * The rows without repetitions.
 * @throws if two different rows have the same key.
 */
export function distinctRows<R extends Row>(rows: readonly R[], key: (row: R) => string, path: string): Map<string, R> {
  const distinct = new Map<string, R>();
  for (const row of rows) {
    const name = key(row);
    const earlier = distinct.get(name);
    if (earlier && encodeRow(earlier) !== encodeRow(row)) {
      fail(path, "two different rows have the same key", name, "start the run over with --fresh (fresh: true)");
    }
    distinct.set(name, earlier ?? row);
  }
  return distinct;
}

/** As rows.jsonl has them. */
export const linesOf = (rows: readonly Row[]): string => rows.map((row) => `${encodeRow(row)}\n`).join("");

function parseRow(line: string, path: string, number: number, columns: Set<string>): Row {
  let row: unknown;
  try {
    row = decode(line);
  } catch (error) {
    throw noRow(`${path}, line ${number}`, line, error);
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) throw noRow(`${path}, line ${number}`, line);
  checkRow(row as Row, `${path}, line ${number}`, columns);
  return row as Row;
}

function noRow(place: string, line: string, cause?: unknown): NonsmoothError {
  const hint = "repair or remove the line, or start the run over with --fresh (fresh: true)";
  return new NonsmoothError(place, "must be a JSON object", { got: line, hint, cause });
}
