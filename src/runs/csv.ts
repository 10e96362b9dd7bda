/** Comma-separated values (RFC 4180, lines ended by a line feed), so that every number is read back with the same bits. */
import { cellText, toCell } from "./encoding";
import type { Cell } from "./types";

/**
 * Rows as CSV with a header, a column for each name that occurs. A cell that is null or absent is empty, empty text is `""`;
 * NaN, Infinity and -Infinity are written out, lists are JSON text, dates ISO 8601.
 *
 * @example
 * ```ts
 * import { toCsv } from "nonsmooth";
 *
 * const rows = [{ bits: 16, loss: NaN }, { bits: "mixed", loss: null, note: "a, b" }];
 * console.log(toCsv(rows).trim()); // bits,loss,note
 * // 16,NaN,
 * // mixed,,"a, b"
 * ```
 */
export function toCsv(rows: readonly object[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => {
    const cells = new Map<string, unknown>(Object.entries(row));
    return names.map((name) => csvCell(toCell(cells.get(name))));
  });
  return [names.map(csvText), ...lines].map((cells) => `${cells.join(",")}\n`).join("");
}

const csvCell = (cell: Cell): string => (cell === null ? "" : csvText(cellText(cell)));

const csvText = (text: string): string =>
  text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
