/** What the columns of rows are: what their cells hold, in which unit, and what they mean. */

import type { Cell, Kind } from "./types";

/** A column of rows. */
export interface Column<T extends Cell = Cell> {
  /** Its kind in files for other programs; `empty`: the kind that the cells of a run have in common. */
  readonly kind: Kind;
  readonly meaning: string;
  /** "images", "nats"; absent for names, truths, and numbers without a unit. */
  readonly unit?: string;
  /** What a cell must be, for an error: "a whole number". */
  readonly rule: string;
  /** Whether a cell can stand in this column. */
  holds(cell: Cell): cell is T;
}

/** Columns by name, in their order. */
export type Columns = Readonly<Record<string, Column>>;

/** What a cell of a column is. */
export type CellOf<C extends Column> = C extends Column<infer T> ? T : never;

export const text = (meaning: string): Column<string> => ({
  kind: "string",
  meaning,
  rule: "text",
  holds: (cell) => typeof cell === "string",
});

export const truth = (meaning: string): Column<boolean> => ({
  kind: "boolean",
  meaning,
  rule: "true or false",
  holds: (cell) => typeof cell === "boolean",
});

/** Whole numbers below 2^53. */
export const integer = (meaning: string, unit?: string): Column<number> => ({
  kind: "integer",
  meaning,
  ...(unit && { unit }),
  rule: "a whole number",
  holds: (cell): cell is number => Number.isSafeInteger(cell),
});

/** Any number; not-a-number and the infinities are numbers. */
export const number = (meaning: string, unit?: string): Column<number> => ({
  kind: "number",
  meaning,
  ...(unit && { unit }),
  rule: "a number",
  holds: (cell) => typeof cell === "number",
});

/** One of some values: texts, numbers or both. */
export const oneOf = <const T extends string | number>(values: readonly T[], meaning: string): Column<T> => ({
  kind: values.every((value) => typeof value === "string") ? "string" : "empty",
  meaning,
  rule: `one of ${values.join(", ")}`,
  holds: (cell): cell is T => (values as readonly Cell[]).includes(cell),
});

export const listOf = <T extends Cell>(
  { kind, unit, rule, holds }: Column<T>,
  meaning: string,
): Column<readonly T[]> => ({
  kind: { list: kind },
  meaning,
  ...(unit && { unit }),
  rule: `a list, each item ${rule}`,
  holds: (cell): cell is readonly T[] => Array.isArray(cell) && cell.every((item) => holds(item)),
});

/** A column in which a cell may be null: what it would hold did not happen. */
export const orNull = <T extends Cell>(column: Column<T>): Column<T | null> => ({
  ...column,
  rule: `${column.rule}, or null`,
  holds: (cell): cell is T | null => cell === null || column.holds(cell),
});

/**
 * What columns hold, for the rows of an experiment of your own: `column.integer("number of the run")`, `column.number("loss", "nats")`,
 * `column.oneOf([16, 32], "precision")`, `column.listOf(column.number("loss"), "losses by step")`, `column.orNull(…)`.
 *
 * @example
 * ```ts
 * import { column } from "nonsmooth";
 *
 * const epoch = column.orNull(column.integer("epoch of the first exact zero; null: none"));
 * console.log(epoch.rule, epoch.holds(3), epoch.holds(0.5)); // a whole number, or null true false
 * ```
 */
export const column = { integer, number, text, truth, oneOf, listOf, orNull } as const;
