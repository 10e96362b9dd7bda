/** rows.jsonl: one row a line, only ever appended to while a run goes on. */
import { readFileSync, statSync } from "node:fs";
import { fail, NonsmoothError } from "../util";
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
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return { rows: [], bytes: 0, torn: 0 };
  const content = readFileSync(path);
  const bytes = content.lastIndexOf("\n") + 1;
  const lines = content.toString("utf8", 0, bytes).split("\n").slice(0, -1);
  return { rows: lines.map((line, i) => parseRow(line, path, i + 1)), bytes, torn: content.length - bytes };
}

/** Whole lines of rows.jsonl, 0 where it is missing; does not look into them. */
export function countRows(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return size === 0 ? 0 : readFileSync(path).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
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
      fail(path, "two different rows have the same key", name, "start the run over with fresh: true");
    }
    distinct.set(name, earlier ?? row);
  }
  return distinct;
}

function parseRow(line: string, path: string, number: number): Row {
  const place = `${path}, line ${number}`;
  const problem = (cause?: unknown) =>
    new NonsmoothError(place, "must be a JSON object", {
      got: line,
      hint: "repair or remove the line, or start the run over with fresh: true",
      cause,
    });
  let row: unknown;
  try {
    row = decode(line);
  } catch (error) {
    throw problem(error);
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) throw problem();
  checkRow(row as Row, place);
  return row as Row;
}
