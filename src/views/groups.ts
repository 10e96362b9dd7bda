/** Rows in groups, and their numbers. */
import type { Cell, Row } from "../runs";
import { quantile } from "../util";

/** The rows that are alike in these columns, group by group, in the order in which each is met first. */
export function groupsOf<R extends Row>(rows: readonly R[], columns: readonly string[]): R[][] {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const key = JSON.stringify(columns.map((column) => row[column]));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

/** The same groups in the order of the columns. */
export const sortedGroups = <R extends Row>(rows: readonly R[], columns: readonly string[]): R[][] =>
  groupsOf(rows, columns).sort(([a], [b]) => compareBy(columns, a!, b!));

/** Numbers by size, truths as 0 and 1, texts by their letters. */
export function compareBy(columns: readonly string[], a: Row, b: Row): number {
  for (const column of columns) {
    const [x, y] = [a[column] ?? null, b[column] ?? null];
    if (x === y) continue;
    if (typeof x === "string" || typeof y === "string") return String(x) < String(y) ? -1 : 1;
    return Number(x) - Number(y);
  }
  return 0;
}

/** The numbers of a column that are finite. */
export const numbersOf = (rows: readonly Row[], column: string): number[] =>
  rows.map((row) => row[column]).filter((cell): cell is number => Number.isFinite(cell));

/** Their sum. */
export const totalOf = (rows: readonly Row[], column: string): number =>
  numbersOf(rows, column).reduce((sum, number) => sum + number, 0);

/** Their median; null where there are none. */
export const medianOf = (rows: readonly Row[], column: string): number | null =>
  overKnown(numbersOf(rows, column), (numbers) => quantile(numbers, 0.5));

/** What a function makes of numbers; null where there are none. */
export const overKnown = (numbers: readonly number[], of: (numbers: readonly number[]) => number): number | null =>
  numbers.length > 0 ? of(numbers) : null;

/** An object with these keys of another, in this order. */
export function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

/** The cells of a row in these columns, null where it lacks one, with their declared types. */
export const cellsOf = <T extends object>(row: Row, columns: readonly (keyof T & string)[]): T =>
  Object.fromEntries(columns.map((column): [string, Cell] => [column, row[column] ?? null])) as T;
