/** Rows in groups, and their numbers. */
import { groupBy, quantile } from "../util";

/** The rows that are alike in these columns, group by group, in the order in which each first appears. */
export const groupsOf = <R extends object>(rows: readonly R[], columns: readonly (keyof R)[]): R[][] => [
  ...groupBy(rows, (row) => JSON.stringify(columns.map((column) => row[column]))).values(),
];

/** The same groups in the order of the columns. */
export const sortedGroups = <R extends object>(rows: readonly R[], columns: readonly (keyof R)[]): R[][] =>
  groupsOf(rows, columns).sort(([a], [b]) => compareBy(columns, a!, b!));

/** Numbers by size, truths as 0 and 1, texts by their letters. */
export function compareBy<R extends object>(columns: readonly (keyof R)[], a: R, b: R): number {
  for (const column of columns) {
    const [x, y] = [a[column] ?? null, b[column] ?? null];
    if (x === y) continue;
    if (typeof x === "string" || typeof y === "string") return String(x) < String(y) ? -1 : 1;
    return Number(x) - Number(y);
  }
  return 0;
}

/** The numbers of a column that are finite. */
export const numbersOf = <R extends object>(rows: readonly R[], column: keyof R): number[] =>
  rows.map((row): unknown => row[column]).filter((cell): cell is number => Number.isFinite(cell));

/** Their sum. */
export const totalOf = <R extends object>(rows: readonly R[], column: keyof R): number =>
  numbersOf(rows, column).reduce((sum, number) => sum + number, 0);

/** Their median; null where there are none. */
export const medianOf = <R extends object>(rows: readonly R[], column: keyof R): number | null =>
  overKnown(numbersOf(rows, column), (numbers) => quantile(numbers, 0.5));

/** What a function makes of numbers; null where there are none. */
export const overKnown = (numbers: readonly number[], of: (numbers: readonly number[]) => number): number | null =>
  numbers.length > 0 ? of(numbers) : null;

/** An object with these keys of another, in this order; null for what it lacks. */
export function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key] ?? null])) as Pick<T, K>;
}
