/**
 * An experiment's columns, declared once. From the declaration follow the types of its rows in code and in files for other programs,
 * what tells a row from all others, the order of the rows, and the row of a run that broke off.
 */
import { fail } from "../util";
import type { CellOf, Column, Columns } from "./columns";
import type { Cell, Row } from "./types";

/** What is known of the rows of an experiment. */
export interface RowSchema<R extends Row = Row> {
  /** In the order that they have in a row; none where rows may hold anything. */
  readonly columns: Columns;
  /** The columns that tell rows apart and order them, the first one first. */
  readonly keyColumns: readonly string[];
  /** What tells a row from all others of its run. */
  key(row: Row): string;
  /** Canonical order, so that a finished file has the same bytes however it came about. */
  order(a: Row, b: Row): number;
  /** The row, its cells in the order of the columns. @throws NonsmoothError naming `what` and the column if it is no such row */
  check(row: Row, what?: string): R;
}

/** The type of the rows of a schema. */
export type RowOf<S> = S extends RowSchema<infer R> ? R : never;

type Flat<T> = { readonly [K in keyof T]: T[K] };
/** The cells of some columns, by name. */
export type CellsOf<C extends Columns> = { readonly [K in keyof C]: CellOf<C[K]> };
type OutcomeOf<F extends Columns> = F extends { readonly outcome: Column<infer O> } ? O : never;

/** What is found by a run that did not break off. */
type Answer<F extends Columns> = {
  readonly [K in keyof F]: K extends "outcome" ? Exclude<CellOf<F[K]>, "failed"> : CellOf<F[K]>;
};

/** What is found by a run that broke off: nothing but the reason. */
type Failure<F extends Columns> = {
  readonly [K in keyof F]: K extends "outcome" ? "failed" : K extends "reason" ? string : null;
};

/** The type of the rows of given and found columns. */
export type DeclaredRow<G extends Columns, F extends Columns> = AsRow<
  Flat<CellsOf<G> & Answer<F>> | ("failed" extends OutcomeOf<F> ? Flat<CellsOf<G> & Failure<F>> : never)
>;

/** For the compiler, which does not see that cells of columns are cells. */
type AsRow<T> = T extends Row ? T : never;

/** Rows of runs that did not break off. */
export type Answered<R extends Row> = Exclude<R, { readonly outcome: "failed" }>;

export interface Declaration<K extends string, G extends Columns, F extends Columns> {
  /** Columns that are known before anything is computed: what was asked for. */
  readonly given: G;
  /**
   * Columns that a run fills. With `outcome` and `reason` among them, and "failed" among the outcomes, a run that breaks off leaves a
   * row in which all others of them are null.
   */
  readonly found: F;
  /** The columns that tell rows apart and order them, the first one first. */
  readonly key: readonly K[];
}

/** A schema with what follows from its declaration. */
export interface DeclaredRows<K extends string, G extends Columns, R extends Row> extends RowSchema<R> {
  key(row: Readonly<Record<K, Cell>>): string;
  /** The row of a run that broke off. */
  failed(given: CellsOf<G>, reason: string): R;
}

export function rowSchema<const K extends string, G extends Columns, F extends Columns>(
  declaration: Declaration<K & keyof (G & F), G, F>,
): DeclaredRows<K, G, DeclaredRow<G, F>> {
  const { given, found, key } = declaration;
  const columns: Columns = { ...given, ...found };
  const check = (row: Row, what = "row") => {
    const complaint = strayColumn(row, columns) ?? wrongCell(row, columns, row.outcome === "failed" ? found : {});
    if (complaint !== undefined) fail(what, complaint.rule, complaint.got, OTHER_VERSION);
    const ordered = Object.fromEntries(Object.keys(columns).map((name): [string, Cell] => [name, row[name]!]));
    return ordered as DeclaredRow<G, F>; // as checked
  };
  const nothing = Object.fromEntries(Object.keys(found).map((name): [string, Cell] => [name, null]));
  return {
    columns,
    keyColumns: key,
    check,
    key: keyOf(key),
    order: byColumns(...key),
    failed: (cells, reason) => check({ ...cells, ...nothing, outcome: "failed", reason }),
  };
}

/** Rows of any columns, for a run folder that no declared experiment writes. */
export const anyRows = (...key: readonly string[]): RowSchema => ({
  columns: {},
  keyColumns: key,
  key: keyOf(key),
  order: byColumns(...key),
  check(row, what) {
    keyOf(key)(row, what);
    return row;
  },
});

const OTHER_VERSION = "rows of another version of this program? Start the run over with --fresh (fresh: true)";

/** @throws NonsmoothError for a row without one of the columns: two such rows would be taken for one */
const keyOf =
  <K extends string>(key: readonly K[]) =>
  (row: Readonly<Partial<Record<K, Cell>>>, what = "row"): string => {
    const missing = key.find((name) => row[name] === undefined);
    if (missing !== undefined) fail(what, `must have the column ${missing}, which is part of its key`, row);
    return key.map((name) => row[name]).join("/");
  };

interface Complaint {
  readonly rule: string;
  readonly got: unknown;
}

function strayColumn(row: Row, columns: Columns): Complaint | undefined {
  const stray = Object.keys(row).find((name) => !Object.hasOwn(columns, name));
  return stray === undefined
    ? undefined
    : { rule: `must have the columns ${Object.keys(columns).join(", ")}`, got: stray };
}

/** @param unknown columns in which null stands for what is not known */
function wrongCell(row: Row, columns: Columns, unknown: Columns): Complaint | undefined {
  for (const [name, { holds, rule }] of Object.entries(columns)) {
    const cell = row[name];
    if (cell === undefined) return { rule: `must have the column ${name}`, got: row };
    const isUnknown = cell === null && Object.hasOwn(unknown, name);
    if (!isUnknown && !holds(cell)) return { rule: `its ${name} must be ${rule}`, got: cell };
  }
  return undefined;
}

/** An order by columns, the first one first: numbers by size, then NaN, then everything else; texts by their letters. */
export const byColumns =
  (...columns: readonly string[]) =>
  (a: Row, b: Row): number => {
    for (const column of columns) {
      const order = compare(a[column], b[column]);
      if (order !== 0) return order;
    }
    return 0;
  };

function compare(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) {
    const isFirst = typeof a === "number" || (typeof b !== "number" && typeof a < typeof b);
    return isFirst ? -1 : 1;
  }
  if (typeof a === "string") return a < String(b) ? -1 : Number(a !== b);
  const [x, y] = [Number(a), Number(b)];
  return x < y ? -1 : Number(x > y) || Number(Number.isNaN(x)) - Number(Number.isNaN(y));
}
